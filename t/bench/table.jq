# SPDX-License-Identifier: ISC
#
# bench.json as text: the goals, then what each cell costs.

def median: map(select(. != null)) | sort | if length == 0 then null
    elif length % 2 == 1 then .[length / 2 | floor]
    else (.[length / 2 - 1] + .[length / 2]) / 2 end;

def right($width): tostring | (" " * ($width - length) // "") + .;
def left($width): tostring | . + (" " * ($width - length) // "");

# With as many digits as mean something.
def digits:
    if . == null then "-"
    elif fabs >= 100 then round | tostring
    else (if fabs >= 10 then 1 elif fabs >= 1 then 2 else 3 end) as $places
        | (. * pow(10; $places) | round) as $n
        | ($n | fabs | tostring) as $text
        | (("0" * ($places + 1 - ($text | length)) // "") + $text) as $all
        | (if $n < 0 then "-" else "" end) + $all[:-$places] + "."
          + $all[-$places:]
    end;

def goal_line:
    (.what | left(58)) + (.median | digits | right(7)) + "  "
    + (if .median == null then "not measured" | left(17)
       else (.least | digits) + " - " + (.greatest | digits) | left(17) end)
    + ((if .at_most then "<= " else "" end) + (.goal | digits) | right(8))
    + " " + (.unit // "" | left(3)) + " "
    + (if .met == null then "-" elif .met then "met" else "missed" end);

def cell_line:
    (.[0].milter + " " + .[0].cell | left(34))
    + (map(.rate) | median | digits | right(10))
    + (map(.cpu_us) | median | digits | right(10))
    + (map(.p99_us) | median | digits | right(10))
    + (map(.held_kb) | median | digits | right(10));

"\(.repeat) runs on \(.host.cores) processors (\(.host.processor)), "
    + "\(.host.date), \(.host.commit)",
"Linux \(.host.kernel); \(.host.versions | rtrimstr(" ")); "
    + "Postfix \(.host.postfix // "-"), OpenDKIM \(.host.opendkim // "-")",
"load before: \(.host.load_before); processor time taken by other machines: "
    + "\(.host.stolen_percent) %",
(if .cells == "all" then empty
    else "CELLS=\(.cells): shows that it works, not how fast it is" end),
"",
("" | left(58)) + ("median" | right(7)) + "  " + ("range" | left(17))
    + ("goal" | right(8)),
(.ratios[] | goal_line),
"",
("milter, mail, connections" | left(34)) + ("msg/s" | right(10))
    + ("CPU us" | right(10)) + ("p99 us" | right(10)) + ("kB" | right(10)),
(.figures | [.[] | .milter + " " + .cell] as $names | to_entries
    | group_by($names[.key]) | sort_by(.[0].key)[] | map(.value) | cell_line)
