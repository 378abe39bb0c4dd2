# SPDX-License-Identifier: ISC
#
# bench.json: what goals.json asks for, from the figures of each run.

def median: sort | if length % 2 == 1 then .[length / 2 | floor]
    else (.[length / 2 - 1] + .[length / 2]) / 2 end;

# The figure of a cell ("MILTER CELL") in one run, or null.
def figure($run; $cell; $name):
    first($figures[] | select(.run == $run and
        .milter + " " + .cell == $cell) | .[$name]) // null;

# What a goal speaks of, in one run: nothing where a part was not measured.
def value($run; $name):
    figure($run; .of; $name) as $of
    | if $of == null then empty
      elif .over then figure($run; .over; $name) as $o
          | if $o then $of / $o else empty end
      elif .above then figure($run; .above; $name) as $o
          | if $o then $of - $o else empty end
      else $of end;

def is_met($median):
    if .goal == null or $median == null then null
    elif .at_most then $median <= .goal
    else $median >= .goal end;

def judged:
    . as $goal
    | [range(1; $repeat + 1) as $run
        | $goal | value($run; .figure // "rate")] as $values
    | ($values | if length > 0 then median else null end) as $median
    | $goal + { values: $values, median: $median, least: ($values | min),
        greatest: ($values | max), met: is_met($median) };

{ host: $host[0], repeat: $repeat, cells: $cells,
  ratios: ($goals[0] | map(judged)), figures: $figures }
