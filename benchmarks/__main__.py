"""`python -m benchmarks`: print every figure the project claims, from one run on this machine."""

from benchmarks import extraction, looking

if __name__ == "__main__":
    print(extraction.report())
    print(looking.report())
