#!/usr/bin/env bash
# Measures what docs/measurements.md lists and prints one table in Markdown.
#
#   tools/measure.sh [PHASE...]      all phases: exact engine hunt live search noise crash chart
#                                    parts of chart: store night ward
#
# TORIDE_MEASURE_MINUTES   how long the app is fed (default 1)
# TORIDE_MEASURE_SECONDS   the same in seconds, for a quick look
# TORIDE_MEASURE_EVENTS    how many events are searched (default 10000000)
# TORIDE_MEASURE_LINES     lines of which the way to the webhook is timed (default 120)
# TORIDE_MEASURE_RUNS      runs of each figure of the engine; the median counts (default 5)
# TORIDE_MEASURE_CACHE     where what takes long to make is kept (default ~/.cache/toride-measure)
# TORIDE_MEASURE_SIZES     files of the made-up stores of charts, one after the other (default "100000 1000000 3000000":
#                          a store takes 11 KB of disk a file while it is measured)
# TORIDE_MEASURE_KEEP      set: these stores stay (removing one takes as long as writing it)
# TORIDE_MEASURE_COLD      set: the page cache is dropped before whatever is timed of a store (root)
# TORIDE_MEASURE_PROTOTYPE folder of another engine to run beside ours on the same files
#
# Everything that was printed on the way is kept in $TORIDE_MEASURE_CACHE/log.
set -u -o pipefail
cd "$(dirname "$0")/.." || exit 1
root=$PWD
shared=$(cd .. && pwd)/shared
data=$shared/data
cache=${TORIDE_MEASURE_CACHE:-$HOME/.cache/toride-measure}
proto_src=${TORIDE_MEASURE_PROTOTYPE:-$shared/examples/detection-prototype}
runs=${TORIDE_MEASURE_RUNS:-5}
export TORIDE_MEASURE_CACHE=$cache
export TORIDE_MEASURE_SECONDS=${TORIDE_MEASURE_SECONDS:-$((${TORIDE_MEASURE_MINUTES:-1} * 60))}
phases=${*:-exact engine hunt live search noise crash chart}
mkdir -p "$cache" || exit 1
log=$cache/log
table=$cache/table
: >"$log"
: >"$table"
failed=0

row() { printf '%s|%s|%s|%s\n' "$1" "$2" "$3" "$4" >>"$table"; }
say() { echo "measure: $*" >&2; }

# median of the numbers on standard input, without decimals
median() { sort -n | awk '{a[NR]=$1} END {if (NR == 0) print "–"; else printf "%.0f\n", a[int((NR+1)/2)]}'; }
# spread: median [least–greatest]
spread() { sort -n | awk 'function k(n) {s = sprintf("%.0f", n); r = ""; while (length(s) > 3) {r = "," substr(s, length(s)-2) r; s = substr(s, 1, length(s)-3)} return s r}
	{a[NR]=$1} END {if (NR == 0) print "not measured"; else printf "%s [%s–%s]\n", k(a[int((NR+1)/2)]), k(a[1]), k(a[NR])}'; }
# metric UNIT: the numbers before that unit in lines of benchmarks
metric() { awk -v u="$1" '{for (i = 2; i <= NF; i++) if ($i == u) print $(i-1)}'; }
# value KEY: the numbers of key=value in lines of the other engine
value() { grep -o "$1=[0-9.]*" | cut -d= -f2; }

# peak COMMAND...: runs it, output to $cache/out, sets peak (MiB) and took (s)
peak() {
	local pid kb=0 now from
	from=$(date +%s%N)
	"$@" >"$cache/out" 2>&1 &
	pid=$!
	while now=$(awk '/VmHWM/ {print $2}' "/proc/$pid/status" 2>/dev/null) && [ -n "$now" ]; do
		kb=$now
		sleep 0.1
	done
	wait "$pid" || failed=1
	peak=$((kb / 1024))
	took=$(awk -v n=$(($(date +%s%N) - from)) 'BEGIN {printf "%.1f", n / 1e9}')
	cat "$cache/out" >>"$log"
}

# gotest ARGS...: output to the log and to standard output
gotest() { go test -tags measure "$@" 2>&1 | tee -a "$log"; }

# claim WHAT BAR PATTERN ARGS...: runs tests and takes the line that has the pattern
claim() {
	local what=$1 bar=$2 pattern=$3 out line
	shift 3
	say "$what"
	out=$(gotest -count=1 -v "$@")
	line=$(grep -m1 -oE "$pattern" <<<"$out")
	if grep -q '^--- FAIL\|^FAIL' <<<"$out"; then
		failed=1
		line="FAILED ${line:-}"
	elif grep -q '^--- SKIP\|no tests to run' <<<"$out" && ! grep -q '^--- PASS' <<<"$out"; then
		line="not measured"
	fi
	row "$what" "${line:-passed}" "" "$bar"
}

exact() {
	claim "exact: regression pairs" "129 of 129" '[0-9]+ of [0-9]+ pairs match' -run '^TestRegression_EveryPairMatches$' ./sigma/sigmayaml
	claim "exact: engine = naive oracle, every real event × rule of its sources" "no difference" '[0-9]+ rules, [0-9]+ events.*hits' -run '^TestEngine_AgreesWithTheOracleOnRealLogs$' ./sigma
	claim "exact: the same, an event made for every rule" "no difference" '[0-9]+ of [0-9]+.*' -run '^TestEngine_AgreesWithTheOracleOnMadeUpEvents$' ./sigma
	claim "exact: straight from the EVTX bytes" "no difference" '[0-9]+ events, [0-9]+ hits' -run '^TestMatcher_IsTheOracle$' ./internal/detect/winlog
	claim "exact: every record that the headers hold is read, no other" "none lost" '[0-9]+ records' -run '^TestReader_FindsWhatTheHeadersHold$' ./evtx
}

# build makes what the engine's phase runs; the other engine reads ../../data
build() {
	local p
	for p in evtx sigma internal/detect/winlog; do
		go test -tags measure -c -o "$cache/$(basename "$p").test" "./$p" || return 1
	done
	proto=
	[ -d "$proto_src" ] || return 0
	rm -rf "$cache/proto"
	mkdir -p "$cache/proto/data" "$cache/proto/examples/p"
	cp "$proto_src"/* "$cache/proto/examples/p/" && chmod -R u+w "$cache/proto/examples"
	ln -s "$data/sigma" "$cache/proto/data/sigma"
	if (cd "$cache/proto/examples/p" && go build -o ../../proto . >>"$log" 2>&1); then
		proto=$cache/proto/proto
	elif [ -x /tmp/proto/p ]; then
		proto=/tmp/proto/p
	fi
}
bench() { (cd "$root/$1" && "$cache/$(basename "$1").test" -test.run '^$' -test.bench "$2" -test.benchtime 1s -test.cpu 1) 2>&1 | tee -a "$log"; }
other() { if [ -n "$proto" ]; then (cd "$cache/proto/examples/p" && GOMAXPROCS=1 "$proto" "$@") 2>&1 | tee -a "$log"; fi; }

engine() {
	say "engine: building"
	build || { failed=1; return; }
	local d=$cache/engine i load
	rm -rf "$d" && mkdir -p "$d"
	for i in $(seq "$runs"); do # one after the other in turn, so that a noisy moment hits both
		say "engine: run $i of $runs"
		bench evtx '^BenchmarkRead$/^real$/^(values|json)$' >>"$d/evtx"
		other -m evtx -n 20 "$data/evtx" >>"$d/p-evtx"
		(cd sigma && TORIDE_MEASURE_FLAT=$d/flat "$cache/sigma.test" -test.v -test.run '^TestMeasure_Load$' -test.cpu 1) 2>&1 | tee -a "$log" | grep '^LOAD' >>"$d/load"
		bench sigma '^BenchmarkEngine$' >>"$d/sigma"
		other -n 20 "$d/flat" >>"$d/p-all"
		other -n 40 "$d/flat.process" >>"$d/p-process"
		bench internal/detect/winlog '^BenchmarkEndToEnd$' >>"$d/winlog"
		other -m e2e -n 20 "$data/evtx" >>"$d/p-e2e"
	done
	local per='events per CPU second' n
	n=$(metric events <"$d/winlog" | median)
	row "EVTX → all fields" "$(grep values "$d/evtx" | metric ev/cpu-s | spread) $per" "prototype $(value ev/cpu-s <"$d/p-evtx" | spread)" "≥ 450,000"
	row "EVTX → JSON text" "$(grep json "$d/evtx" | metric ev/cpu-s | spread) $per" "" ""
	row "EVTX → fields: allocations" "$(grep values "$d/evtx" | metric allocs/op | median) in a pass over $n events, warm" "prototype $(value allocs/ev <"$d/p-evtx" | head -1) per event" "0"
	row "evaluation, all events" "$(grep all/memo "$d/sigma" | metric ev/cpu-s | spread) $per; the very first pass $(grep all/memo "$d/sigma" | metric first-ev/cpu-s | spread); without memo $(grep all/no-memo "$d/sigma" | metric ev/cpu-s | spread)" "prototype $(value ev/cpu-s <"$d/p-all" | spread); rsigma on a larger set of such files, quoted: 93,800" "≥ 300,000"
	row "evaluation, process creation" "$(grep process/memo "$d/sigma" | metric ev/cpu-s | spread) $per; without memo $(grep process/no-memo "$d/sigma" | metric ev/cpu-s | spread)" "prototype $(value ev/cpu-s <"$d/p-process" | spread); rsigma, quoted: 37,500" "≥ 110,000"
	row "evaluation: hits" "$(grep all/memo "$d/sigma" | metric hits | median) all, $(grep process/memo "$d/sigma" | metric hits | median) process creation" "prototype $(value matches <"$d/p-all" | median), $(value matches <"$d/p-process" | median)" "the same"
	row "evaluation: allocations" "$(grep all/memo "$d/sigma" | metric allocs/op | median) in a pass over $n events, warm" "prototype $(value allocs/ev <"$d/p-all" | head -1) per event with its warm-up" "0"
	row "EVTX bytes → rule ids" "$(metric ev/cpu-s <"$d/winlog" | spread) $per, $(metric hits <"$d/winlog" | median) hits" "prototype $(value ev/cpu-s <"$d/p-e2e" | spread), $(value matches <"$d/p-e2e" | median) hits; on a larger set of such files, quoted: prototype 169,000, evtx crate + rsigma about 54,000" "≥ 250,000"
	row "EVTX bytes → rule ids: allocations" "$(metric allocs/op <"$d/winlog" | awk -v n="$n" '{printf "%.2f\n", $1 / n}' | sort -n | head -1) per event, opening 293 files included" "prototype $(value allocs/ev <"$d/p-e2e" | head -1)" ""
	load=$(awk '{for (i = 1; i <= NF; i++) if (split($i, a, "=") == 2) v[a[1]] = a[2]; print v["all-wall"]}' "$d/load" | sort -n | awk '{a[NR]=$1} END {print a[int((NR+1)/2)]}')
	row "rules: loaded" "$(value rules <"$d/load" | median) of 2,858 Windows rules in $load s (median), parsing and engine" "prototype $(value load <"$d/p-all" | sort -n | awk '{a[NR]=$1} END {print a[int((NR+1)/2)]}') s" "≤ 1 s"
	peak sh -c "cd sigma && exec '$cache/sigma.test' -test.run '^\$' -test.bench '^BenchmarkEngine\$/^all\$' -test.benchtime 1x -test.cpu 1"
	row "evaluation: RSS at most" "$peak MiB, flattened events of the test held included" "prototype $(value maxrss <"$d/p-all" | median) MiB, the same included" "≤ 256 MB"
}

# biglog makes an event log of more than 1 GB: all chunks of the sample files,
# again and again behind one file header.
biglog() {
	[ -s "$cache/big.evtx" ] && return
	local f n
	find "$data/evtx" -name '*.evtx' | sort | while read -r f; do
		n=$((($(stat -c %s "$f") - 4096) / 65536 * 65536))
		tail -c +4097 "$f" | head -c "$n"
	done >"$cache/chunks"
	{
		head -c 4096 "$(find "$data/evtx" -name '*.evtx' | sort | head -1)"
		for _ in $(seq $((1100000000 / $(stat -c %s "$cache/chunks") + 1))); do cat "$cache/chunks"; done
	} >"$cache/big.part" && mv "$cache/big.part" "$cache/big.evtx"
	rm -f "$cache/chunks"
}

hunt() {
	say "hunt"
	go build -o "$cache/toride-kit" ./cmd/toride-kit || { failed=1; return; }
	biglog
	local events size
	size=$(($(stat -c %s "$cache/big.evtx") / 1000000))
	for rules in public own; do
		local args=(hunt --quiet --lang en --output table)
		[ $rules = public ] && args+=(--rules "$data/sigma")
		peak "$cache/toride-kit" "${args[@]}" "$cache/big.evtx"
		events=$(grep -oE 'Looked through [0-9,]+ events.*' "$cache/out" | tail -1)
		row "hunt over one file of $size MB, $rules rules: RSS at most" "$peak MiB" "${events:-FAILED: $(head -c 200 "$cache/out" | tr '\n' ' ')}" "≤ 512 MiB"
		row "hunt: speed" "$(sed 's/[^0-9]* \([0-9,]*\) events.*/\1/; s/,//g' <<<"$events" | awk -v t="$took" '{printf "%.0f", $1 / t}') events per second of wall time, both cores, start and loading rules included ($took s)" "" ""
	done
}

# rows TEST PACKAGE: runs a test that prints rows
rows() {
	say "$1"
	TORIDE_MEASURE=1 gotest -count=1 -timeout 0 -v -run "^$1\$" "$2" >"$cache/rows"
	grep -q '^--- PASS' "$cache/rows" || { failed=1; row "$1" "FAILED, see $log" "" ""; }
	sed -n 's/^ROW|//p' "$cache/rows" >>"$table"
}

live() { rows TestMeasure_Live ./internal/app; }
search() { rows TestMeasure_Search ./internal/app; }
noise() { rows TestMeasure_Noise ./internal/app; }

crash() {
	claim "20 × kill -9: acknowledged = found, once (journal → takers)" "all, once" '(crash|kill)[a-z_]*\.go:[0-9]+: .*' -run 'Kill' -timeout 0 ./internal/logbook
	claim "20 × kill -9: the store" "all, once" '[a-z_]*\.go:[0-9]+: .*(acknowledged|kept|batches).*' -run 'Kill' -timeout 0 ./internal/event/store
	claim "kill -9: the journal" "all, once" '[a-z_]*\.go:[0-9]+: .*' -run 'Kill' -timeout 0 ./internal/event/journal
	if [ "$(id -u)" = 0 ]; then
		claim "power cut, file system copied: journal → takers" "all, once" '[a-z_]*\.go:[0-9]+: .*' -run 'PowerCut' -timeout 0 ./internal/logbook
	else
		row "power cut" "not measured: needs root" "" "all, once"
	fi
}
# lines PACKAGE TEST BAR: every line "MEASURE name figures" of a test is a row
lines() {
	say "$2"
	gotest -count=1 -timeout 0 -v -run "^$2\$" "$1" >"$cache/lines"
	grep -q '^--- PASS' "$cache/lines" || { failed=1; row "$2" "FAILED, see $log" "" "$3"; }
	sed -n 's/.*MEASURE \([^ ]*\) \(.*\)/\1|\2/p' "$cache/lines" | while IFS='|' read -r what figures; do row "$what" "$figures" "" "$3"; done
}


# first STORE FILES: starting the program until three patients are printed, each after the page cache was dropped
first() {
	local id found=0 from times=""
	for id in $(seq 7 7 700); do
		[ "$found" = 3 ] && break
		"$cache/toride-kit" chart show "$1" "$id" --json >"$cache/out" 2>>"$log" || continue
		if [ -n "${TORIDE_MEASURE_COLD:-}" ]; then sync && echo 3 >/proc/sys/vm/drop_caches || return; fi
		from=$(date +%s%N)
		"$cache/toride-kit" chart show "$1" "$id" --json >"$cache/out" 2>>"$log" || return
		times="$times $((($(date +%s%N) - from) / 1000000))"
		found=$((found + 1))
	done
	row "toride-kit chart show, $2 files: three patients" "$times ms, starting the program included${TORIDE_MEASURE_COLD:+, page cache dropped before each}" "" "≤ 1 s"
}

# answers STORE FILES: from starting a viewer's PC until its first page comes, in a folder of its own that was used before
answers() {
	local from pid times="" i
	rm -rf "$cache/station"
	for i in 1 2 3 4; do
		if [ -n "${TORIDE_MEASURE_COLD:-}" ]; then sync && echo 3 >/proc/sys/vm/drop_caches || return; fi
		from=$(date +%s%N)
		"$cache/toride-kit" chart serve "$1" --station "$cache/station" --address 127.0.0.1:18444 >>"$log" 2>&1 &
		pid=$!
		until curl -sko "$cache/out" --max-time 5 https://127.0.0.1:18444/; do kill -0 "$pid" 2>/dev/null || break; done
		[ "$i" = 1 ] || times="$times $((($(date +%s%N) - from) / 1000000))"
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	[ -s "$cache/out" ] || { failed=1; times=" FAILED"; }
	rm -rf "$cache/station"
	row "toride-kit chart serve, $2 files: until the first page" "$times ms, starting the program included${TORIDE_MEASURE_COLD:+, page cache dropped before each}" "" "≤ 1 s"
}

store() {
	local n dir
	go build -o "$cache/toride-kit" ./cmd/toride-kit || { failed=1; return; }
	for n in ${TORIDE_MEASURE_SIZES:-100000 1000000 3000000}; do
		if [ $((n * 11)) -gt "$(df -Pk "$cache" | awk 'NR == 2 {print $4}')" ]; then
			row "store of $n files" "not measured: it needs $((n * 11 / 1000000)) GB" "" ""
			continue
		fi
		dir=$cache/store-$n
		rm -rf "$dir"
		export TORIDE_MEASURE_FILES=$n TORIDE_MEASURE_STORE=$dir TORIDE_MEASURE_GROW=1
		lines ./internal/chart/shelf TestMeasure_Index ""
		first "$dir" "$n"
		answers "$dir" "$n"
		lines ./internal/chart/shelf TestMeasure_Index "first chart ≤ 1 s; index of 1 M ≤ 60 s, ≤ 500 MiB; second start ≤ 2 s; refresh of 10,000 ≤ 5 s"
		[ -n "${TORIDE_MEASURE_KEEP:-}" ] || rm -rf "$dir"
	done
}

night() {
	export TORIDE_MEASURE_FILES=1000000 TORIDE_MEASURE_DIR=$cache
	lines ./internal/chart/copy TestMeasure_NightlyCopy "minutes, bytes"
}

ward() {
	lines ./internal/chart/index TestMeasure_Search "p99 ≤ 50 ms"
	local bar="500 readers: patient page p99 ≤ 100 ms, search ≤ 50 ms"
	export TORIDE_MEASURE_BEDS=300
	lines ./internal/chart/station TestMeasure_Readers "$bar"
	export TORIDE_MEASURE_SEALED=1
	lines ./internal/chart/station TestMeasure_Readers "$bar"
	unset TORIDE_MEASURE_SEALED
	export TORIDE_MEASURE_BEDS=865
	lines ./internal/chart/station TestMeasure_Readers "$bar"
	lines ./internal/chart/paper TestMeasure_MedicationListsOfAHospital "≤ 10 min"
}

chart() {
	store
	night
	ward
}
export TORIDE_CRASH_ROUNDS=${TORIDE_CRASH_ROUNDS:-20} TORIDE_POWER_CUTS=${TORIDE_POWER_CUTS:-6}

for phase in $phases; do
	case $phase in
	exact | engine | hunt | live | search | noise | crash | chart | store | night | ward) "$phase" ;;
	*) say "no such phase: $phase" && exit 2 ;;
	esac
done

echo "Measured $(date -u +%Y-%m-%dT%H:%MZ), commit $(git rev-parse --short HEAD)$([ -n "$(git status --porcelain --untracked-files=no)" ] && echo ' with changes'), $(go version | cut -d' ' -f3), $(nproc) × $(awk -F': ' '/model name/ {print $2; exit}' /proc/cpuinfo), load $(cut -d' ' -f1 /proc/loadavg) at the end."
echo
echo "| what | here | beside it | bar |"
echo "|---|---|---|---|"
sed 's/|/ | /g; s/^/| /; s/$/ |/; s/  */ /g' "$table"
exit $failed
