#!/usr/bin/python3
"""A queue at one server: customers come at random, service takes 1 on average; the mean wait."""
import json, random, sys

given = dict(word.removeprefix("--").split("=", 1) for word in sys.argv[1:])
load, customers = float(given["load"]), int(given["customers"])
arrivals, services = random.Random(given["seed"]), random.Random(given["seed"] + " services")
wait, total = 0.0, 0.0
for _ in range(customers):
    total += wait
    service = services.expovariate(1) if given["service"] == "exponential" else 1
    wait = max(0.0, wait + service - arrivals.expovariate(load))
record = {"parameters": given, "scenario": {"wait": total / customers}}
print(json.dumps(record))
