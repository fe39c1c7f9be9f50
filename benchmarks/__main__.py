"""`python -m benchmarks`: print every figure the project claims, from one run on this machine."""

from benchmarks import extraction_cost, look_cost

if __name__ == "__main__":
    print(extraction_cost.report())
    print(look_cost.report())
