# SPDX-License-Identifier: MIT
#
# How evert is built. `make` needs a C compiler and GNU make, nothing else.
# `make help` lists the targets. Where OpenSSL 3 is found (Debian's libssl-dev),
# a second library is built, libevert-tls; TLS=no leaves it out.
#
# A variant is a second build beside the first: a folder of its own, and the
# flags that make it different.
#
#	make test BUILD=build/o3 CFLAGS=-O3
#	make test TESTS="test_deferred peers/echo.sh" FILTER='deferred/*'

VERSION := $(shell sed -n 's/^.define EVERT_VERSION "\(.*\)"/\1/p' \
	deferred/base/version.h)
SONAME := libevert.so.0
TLS_SONAME := libevert-tls.so.0

# Yours to change, here on the command line or in the environment.

CFLAGS ?= -O2 -g
BUILD ?= build
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
BINDIR ?= $(PREFIX)/bin
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
GDBDIR ?= $(PREFIX)/share/gdb/auto-load
CRITERION_LIBS ?= -lcriterion -lm
OPENSSL_LIBS ?= -lssl -lcrypto
TESTS ?=
FILTER ?= *
LIB_CFLAGS ?=
TEST_CFLAGS ?=

# Links hundreds of test programs in a third of the time, where it is.
LLD := $(if $(shell command -v ld.lld),-fuse-ld=lld)

# Not yours to change: without these it is another program.

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion \
	-Wstrict-prototypes -Wmissing-prototypes
# Criterion's assertions convert an int to a bit-field, and drop a const.
# A test may let go of what a program must not.
TEST_WARNINGS := -Wno-conversion -Wno-unknown-warning-option \
	-Wno-unused-result \
	-Wno-discarded-qualifiers \
	-Wno-incompatible-pointer-types-discards-qualifiers
# gcc notes where each token of an assertion comes from, which takes as long as
# all the rest. Without that it warns of what Criterion writes; clang does not.
TEST_WARNINGS += $(if $(shell $(CC) -ftrack-macro-expansion=0 -fsyntax-only -x c \
	/dev/null 2>&1),,-ftrack-macro-expansion=0 -Wno-unused-value -Wno-shadow)
# Thread-local variables are few and small: no call to find them. What is
# called of libc is called directly, not by way of a jump. A result comes in
# two registers: they are stored as they are, not joined into a wide one first.
COMPILE = $(CC) -std=c11 -D_GNU_SOURCE -I. -fvisibility=hidden -pthread -fPIC \
	-ftls-model=initial-exec -fno-plt -fno-tree-slp-vectorize \
	$(WARNINGS) $(EXTRA) $(CPPFLAGS) $(CFLAGS)
LINK = $(CC) -pthread $(CFLAGS) $(LDFLAGS)
# All that a library calls must be there; a sanitizer's calls come later.
LINK_SHARED = $(LINK) -shared $(if $(findstring -fsanitize,$(CFLAGS)),,-Wl,-z,defs)

# What there is, by folder. A room may use what stands in itself and in those
# before it, nothing else: `make check-rooms`.

ROOMS := deferred/base deferred/clock deferred deferred/coroutine \
	reactor/system reactor/poller reactor reactor/thread reactor/transport \
	reactor/flow reactor/process reactor/dns reactor/name reactor/sim \
	reactor/endpoint \
	protocols/framing protocols/stream protocols/dns protocols/worker
TLS_ROOM := protocols/tls
HEADERS := evert.h $(filter-out %_internal.h,$(wildcard $(ROOMS:%=%/*.h)))
LIB_SOURCES := $(wildcard $(ROOMS:%=%/*.c) deferred/coroutine/arch/*.S)
TLS_HEADERS := evert-tls.h $(filter-out %_internal.h,$(wildcard $(TLS_ROOM)/*.h))
TLS_SOURCES := $(wildcard $(TLS_ROOM)/*.c)
EXAMPLE_SOURCES := $(wildcard examples/*.c)
EXAMPLE_SHARED := $(wildcard examples/common/*.c)
TUTORIAL_SOURCES := $(wildcard docs/tutorial/*.c)
STUDY_SOURCES := $(wildcard docs/study/*.c)
TOOL_SOURCES := $(wildcard tools/*.c)
VIEW_SOURCES := $(wildcard tools/view/*.c) tools/view/files.S
VIEW_FILES := $(wildcard tools/view/*.html tools/view/*.css tools/view/*.js)
PS_SOURCES := $(wildcard tools/ps/*.c)
TEST_SOURCES := $(wildcard $(patsubst %,tests/%/test_*.c,$(ROOMS) programs))
TLS_TEST_SOURCES := $(wildcard tests/$(TLS_ROOM)/test_*.c)
TEST_SHARED := $(wildcard tests/criterion/*.c)
# In the place of Criterion's main, below a sanitizer.
FORKED_SHARED := $(wildcard tests/forked/*.c)
FORKED_HERE := $(if $(findstring -fsanitize,$(CFLAGS)),$(FORKED_SHARED))
TEST_SUPPORT := $(wildcard tests/support/*.c tests/model/*.c)
TLS_SUPPORT := $(wildcard tests/support/tls/*.c)
PLANTED_SOURCES := tests/check/planted.c
FUZZ_SOURCES := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_SHARED := tests/fuzz/fuzz.c $(wildcard tests/model/waiting/*.c)
MEET_SCENARIOS := $(wildcard tests/interleavings/scenarios/*.c)
MEET_SOURCES := $(wildcard tests/interleavings/*.c) $(MEET_SCENARIOS)
MEET_SHARED := $(wildcard $(addsuffix /*.c,$(filter deferred% reactor/system \
	reactor/poller reactor reactor/thread,$(ROOMS))) \
	deferred/coroutine/arch/*.S) $(addprefix reactor/, \
	name/system_lookup.c name/system_answer.c name/lookup_failure.c \
	process/sigchld.c dns/records.c dns/name.c)
FUZZ_MAIN := -fsanitize=fuzzer
# By this flag the library tells a fuzzer where an input leads; ASAN gives it.
FEEDBACK :=
COVERAGE_SOURCES := $(wildcard tests/coverage/*.c)
TORTURE_SOURCES := $(wildcard tests/torture/*.c) \
	$(filter-out %/main.c,$(FORKED_SHARED))
TORTURE_MARKS := $(wildcard tests/torture/marks/*.c)
TORTURE_PLANTED := $(wildcard tests/torture/planted/*.c)
EVA_DRIVERS := $(filter-out support libc, \
	$(patsubst tests/eva/%.c,%,$(wildcard tests/eva/*.c)))
SIM_SOURCES := $(wildcard tests/sim/*.c)
SIM_SHARED := $(wildcard tests/sim/common/*.c)
SIM_RACE := $(wildcard tests/sim/race/*.c)
SIM_HANDING := $(wildcard tests/sim/handing/*.c)
STUCK_SOURCES := $(wildcard tests/gdb/*.c tests/slow/*.c \
	tests/probes/*.c)

# What becomes of it. An object is named after its source, dir/name.c.o, so
# that name.c and name.S can live side by side.

objects = $(patsubst %,$(BUILD)/%.o,$(1))
programs = $(patsubst %.c,$(BUILD)/%,$(1))

STATIC := $(BUILD)/libevert.a
SHARED := $(BUILD)/libevert.so.$(VERSION)
SUPPORT := $(BUILD)/tests/support.a
SHARED_LINKS := $(BUILD)/$(SONAME) $(BUILD)/libevert.so
EXAMPLES := $(call programs,$(EXAMPLE_SOURCES))
# These take tls: endpoints, where there is OpenSSL.
TLS_EXAMPLES := $(addprefix $(BUILD)/examples/,greeting_server \
	$(addprefix greeting_client_,blocking deferred coroutine) \
	chat_server stdio_chat fetch_with_timeout pool_client \
	starttls_chat virtual_hosts)
TUTORIAL := $(call programs,$(TUTORIAL_SOURCES) $(STUDY_SOURCES))
PS := $(BUILD)/tools/evert-ps
TOOLS := $(call programs,$(TOOL_SOURCES)) $(PS)
STUCK := $(call programs,$(STUCK_SOURCES)) $(BUILD)/tests/gdb/stuck_shared
PLANTED := $(call programs,$(PLANTED_SOURCES))
DIFF := $(BUILD)/tests/criterion/lib/made

# The second library is apart, with tests of its own.
TLS ?= $(if $(shell tests/check/openssl $(CC) $(CPPFLAGS)),yes,no)
ifeq ($(TLS),yes)
TLS_STATIC := $(BUILD)/libevert-tls.a
TLS_SHARED := $(BUILD)/libevert-tls.so.$(VERSION)
TLS_SHARED_LINKS := $(BUILD)/$(TLS_SONAME) $(BUILD)/libevert-tls.so
TLS_TESTS := $(call programs,$(TLS_TEST_SOURCES))
CERTIFICATES := $(BUILD)/tests/certificates/made
else
TLS_HEADERS :=
OPENSSL_LIBS :=
endif
EXAMPLE_TLS := $(addprefix examples/tls/,context.c \
	$(if $(TLS_STATIC),with.c socket.c,without.c))

# What programs are linked with; tests/mutation has them load the shared ones.
LIBRARY = $(STATIC)
TLS_LIBRARY = $(TLS_STATIC)

ALL_TESTS := $(call programs,$(TEST_SOURCES)) $(TLS_TESTS)
TLS_SIMS := $(call programs,$(filter tests/sim/tls%,$(SIM_SOURCES)))
SIMS := $(filter-out $(if $(TLS_STATIC),,$(TLS_SIMS)), \
	$(call programs,$(SIM_SOURCES)))
TLS_FUZZERS := $(call programs,$(filter tests/fuzz/fuzz_tls_%,$(FUZZ_SOURCES)))
# These run on a kernel of their own.
KERNEL_FUZZERS := $(addprefix $(BUILD)/tests/fuzz/fuzz_,transport relay process unix)
FUZZERS := $(filter-out $(if $(TLS_STATIC),,$(TLS_FUZZERS)), \
	$(call programs,$(FUZZ_SOURCES)))

MEET := $(BUILD)/interleavings
meet_objects = $(patsubst %,$(MEET)/%.o,$(1))
MEET_CC := gcc -std=c11 -D_GNU_SOURCE -I. -pthread -O2 -g $(WARNINGS)
MEET_FLAGS := -fsanitize=thread -U__SANITIZE_THREAD__ -ffunction-sections \
	-include tests/interleavings/hooks.h
MEET_COMPILE := $(MEET_CC) $(MEET_FLAGS)
MEET_LINK := gcc -pthread -no-pie -Wl,--gc-sections % $(MEET)/meet.a

# A subset of the tests builds no more than it needs: the examples only if a
# script of tests/peers may run them.
CHOSEN_TESTS := $(if $(TESTS),$(foreach name,$(TESTS), \
	$(filter %/$(name),$(ALL_TESTS))),$(ALL_TESTS))
# The same, as programs of tests/torture.
TORTURES := $(CHOSEN_TESTS:$(BUILD)/tests/%=$(BUILD)/torture/%)
CHOSEN_SIMS := $(if $(TARGET),$(TARGET:%=$(BUILD)/tests/sim/%),$(SIMS))
CHOSEN_FUZZERS := $(if $(TARGET),$(TARGET:%=$(BUILD)/tests/fuzz/fuzz_%), \
	$(FUZZERS))
CHOSEN_PEERS := $(if $(TESTS),$(filter peers/%,$(TESTS)),all)

# What somebody gives a target is looked at before anything is built for it.
GIVEN = @tests/given $@
MOST_LANES := 1000
MOST_SEED := 18446744073709551615

## all: the libraries, the examples and the tools
all: $(STATIC) $(SHARED) $(SHARED_LINKS) tls examples tools
tls: $(TLS_STATIC) $(TLS_SHARED) $(TLS_SHARED_LINKS)
	$(if $(TLS_STATIC),,@echo '  no libevert-tls: OpenSSL 3 is not here')
examples: $(EXAMPLES) $(TUTORIAL)
tools: $(TOOLS)

## man: manual pages, of the headers' comments (needs python3)
PYTHON := $(shell command -v python3)
MAN := $(BUILD)/man/made
man: $(MAN)
$(MAN): $(HEADERS) $(TLS_HEADERS) README.md $(EXAMPLE_SOURCES) \
		$(TUTORIAL_SOURCES) $(wildcard tools/man/*)
	@rm -rf $(@D)
	$(call say,MAKE $(@D)) $(PYTHON) tools/man/pages $(@D) $(VERSION) \
		$(HEADERS) $(TLS_HEADERS)
	@touch $@

## demo: a server and a client talk, here and now
demo: $(BUILD)/examples/greeting_server \
	$(BUILD)/examples/greeting_client_deferred
	@BUILD=$(BUILD) examples/demo.sh

## seed-table: 10,000 slow requests at once, to threads and to one reactor
seed-table: $(addprefix $(BUILD)/examples/,upper_load upper_server_delayed \
	upper_server_threaded)
	@BUILD=$(BUILD) examples/seed_table.sh

## test: all tests, or TESTS="test_clock peers/echo.sh" with FILTER=; on
## POLLERS=epoll
test: tests $(if $(CHOSEN_PEERS),examples tools sims $(STUCK) $(CERTIFICATES))
	@BUILD='$(BUILD)' TESTS='$(TESTS)' FILTER='$(FILTER)' tests/run

tests: $(CHOSEN_TESTS) $(DIFF)

## promises: all short sequences of calls on Deferreds, against tests/model;
## RECORD=1 (docs/trust.md)
promises: $(BUILD)/tests/deferred/test_promises
	@tests/model/run $<

## sim: the programs of tests/sim in simulated worlds, each with SEEDS=1000,
## FROM=0, in LANES at once; or TARGET="notes chat"; RECORD=1 (docs/trust.md)
sim:
	$(GIVEN) number SEEDS 1 1000000000000 number FROM 0 $(MOST_SEED) \
		number LANES 1 $(MOST_LANES) flag RECORD \
		names TARGET tests/sim '$(notdir $(SIMS))' \
		names EVERT_POLLER reactor/poller 'epoll poll'
	@$(MAKE) -s $(CHOSEN_SIMS)
	@BUILD='$(BUILD)' SEEDS='$(or $(SEEDS),1000)' FROM='$(or $(FROM),0)' \
		tests/sim/run $(CHOSEN_SIMS)

sims: $(SIMS)

## soak: all servers of examples/ under load for MINUTES=5 (build/soak/soak.svg);
## RECORD=1 (docs/trust.md)
soak:
	$(GIVEN) number MINUTES 0.01 1000000 number SEED 0 $(MOST_SEED) \
		flag RECORD
	@$(MAKE) -s examples $(CERTIFICATES)
	@python3 -B tests/soak/soak --build '$(BUILD)' --minutes $(or $(MINUTES),5) \
		$(if $(SEED),--seed $(SEED))

## fuzz: all that is in tests/fuzz, or TARGET="netstring hosts", for SECONDS=60
## each
fuzz:
	$(GIVEN) number SECONDS 1 1000000 number LANES 1 $(MOST_LANES) \
		flag RECORD \
		names TARGET tests/fuzz '$(FUZZERS:$(BUILD)/tests/fuzz/fuzz_%=%)'
	@$(MAKE) -s fuzz-programs
	@BUILD=$(BUILD)/asan SECONDS=$(or $(SECONDS),60) tests/fuzz/run $(TARGET)

fuzz-programs:
	@$(MAKE) -s -j2 $(ASAN) TARGET='$(TARGET)' fuzzers

fuzzers: $(CHOSEN_FUZZERS)

## interleavings: threads that meet, in every order there is (minutes)
interleavings: $(MEET)/interleavings
	@BUILD='$(MEET)' COMPILE='$(MEET_COMPILE)' \
		LINK='$(subst %,% $(call meet_objects,$(MEET_SOURCES)),$(MEET_LINK))' \
		tests/interleavings/run

# The library's sources as they stand, compiled as for ThreadSanitizer, whose
# place the explorer takes; of the rest of the library what they call.
$(MEET)/interleavings: $(call meet_objects,$(MEET_SOURCES)) $(MEET)/meet.a
	$(call say,LD $@) $(subst %,$(filter %.o,$^),$(MEET_LINK)) -o $@
$(MEET)/meet.a: $(call meet_objects,$(MEET_SHARED))
	@rm -f $@
	$(call say,AR $@) $(AR) rcs $@ $^
$(call meet_objects,$(MEET_SCENARIOS) $(filter %.c,$(MEET_SHARED))): \
		private EXTRA := \
	$(MEET_FLAGS)
$(MEET)/%.o: % Makefile
	@mkdir -p $(@D)
	$(call say,CC $<) $(MEET_CC) $(EXTRA) -MMD -MP -c $< -o $@

## eva: Frama-C's Eva over the drivers of tests/eva, or TARGET=netstring; with
## LONG=1 also the slow ones, with RECORD=1 it sets the baseline
eva:
	$(GIVEN) flag LONG flag RECORD names TARGET tests/eva '$(EVA_DRIVERS)'
	@tests/eva/run $(if $(RECORD),--record) $(TARGET)

## coverage: the lines and branches that all tests run, by room; or those that
## TESTS= run (gcc and gcovr; a quarter of an hour)
coverage:
	$(GIVEN) number SEEDS 1 1000000000 number LANES 1 $(MOST_LANES) \
		flag RECORD names TESTS tests/ '$(notdir $(ALL_TESTS)) \
		$(patsubst tests/%,%,$(wildcard tests/peers/*.sh))'
	@BUILD='$(BUILD)/coverage' TESTS='$(TESTS)' MAKE='$(MAKE)' \
		SWITCHING='$(SWITCHING)' SIMS='$(notdir $(SIMS))' \
		POLLED='$(notdir $(basename $(POLLED)))' \
		tests/coverage/run $(ROOMS) $(TLS_ROOM)

## mutation: do the tests notice MUTANTS=50 small changes to the library, drawn
## at random FROM=1, of FILE=deferred/run.c or all, in LANES=2? AGAIN=1 also
## those that survived, TOLD=1 says what is known (tests/mutation; as root)
mutation:
	$(GIVEN) number MUTANTS 1 1000000 number FROM 0 $(MOST_SEED) \
		number LANES 1 $(MOST_LANES) flag AGAIN flag TOLD flag RECORD \
		names FILE 'deferred/, reactor/ and protocols/' \
		'$(filter %.c,$(LIB_SOURCES)) $(wildcard $(TLS_ROOM)/*.c)'
	@tests/mutation/mutate --make '$(MAKE)' --build '$(BUILD)' \
		--mutants $(or $(MUTANTS),50) --seed $(or $(FROM),1) \
		--lanes $(or $(LANES),2) $(if $(FILE),--file $(FILE)) \
		$(if $(AGAIN),--again) $(if $(TOLD),--told)

# For it: the libraries that programs load, and how they are made.
all-shared: $(SHARED) $(TLS_SHARED) $(SHARED_LINKS) $(TLS_SHARED_LINKS)

mutation-facts:
	@echo 'programs=$(ALL_TESTS:$(BUILD)/%=%)'
	@echo 'sources=$(LIB_SOURCES)'
	@echo 'tls_sources=$(TLS_SOURCES)'
	@echo 'soname=$(SONAME)'
	@echo 'tls_soname=$(TLS_SONAME)'
	@echo 'compile=$(COMPILE) $(LIB_CFLAGS)'
	@echo 'link=$(LINK)'
	@echo 'openssl=$(OPENSSL_LIBS)'

## torture: the tests again, each time with another call failing once, of these
## each EVERY=1, for at most SECONDS=20 a test, in LANES=2; with SITES=1 of those
## that are alike only one, in each of its ways; with IN_A_ROW=3 so many calls
## fail, not one (tests/torture); RECORD=1 (docs/trust.md)
torture:
	$(GIVEN) number EVERY 1 1000000000 number SECONDS 0.001 1000000 \
		number IN_A_ROW 1 1000000 number LANES 1 $(MOST_LANES) \
		flag SITES flag RECORD names TESTS tests/ '$(notdir $(ALL_TESTS))'
	@$(MAKE) -s $(ASAN) TESTS='$(TESTS)' torture-programs
	@TESTS='$(TESTS)' EVERY='$(or $(EVERY),1)' SECONDS='$(or $(SECONDS),20)' \
		SITES='$(SITES)' IN_A_ROW='$(or $(IN_A_ROW),1)' \
		LANES='$(or $(LANES),2)' tests/torture/run $(BUILD)/asan/torture
torture-programs: $(TORTURES)
torture-planted: $(BUILD)/torture-planted
	@tests/check/torture $<

## plants: bugs planted one at a time, each found within a minute
plants:
	@tests/plants/run $(BUILD)

## bench: measure evert beside its peers
bench: $(STATIC)
	$(MAKE) -C bench

## guard: have the countable costs grown? (bench/baseline)
guard: $(STATIC)
	$(MAKE) -C bench guard

## study: record the programs of docs/study anew, and make its page
study: study-programs
	BUILD=$(STUDY) docs/study/record docs/study/recorded $(SCENARIO)
	docs/study/build >docs/study/index.html

# As they stand in the source, and without TLS.
STUDY := $(BUILD)/study
STUDIED := $(STUDY_SOURCES) docs/tutorial/step-3.c \
	$(wildcard examples/greeting_client_*.c)
study-programs:
	@$(MAKE) -s BUILD=$(STUDY) CFLAGS='-O0 -g' TLS=no \
		$(patsubst %.c,$(STUDY)/%,$(STUDIED))

# The steps of `make check`, each also a target of its own. The sanitizers
# find nothing in a build that forgot them, so planted bugs go first.

CHECKS := check-warnings check-headers check-misuse check-rooms check-documents check-man check-study check-symbols check-links \
	check-install check-cross check-asan check-torture check-tsan check-fuzz check-sim \
	check-interleavings check-eva
STEP := @tests/check/step
# By clang, so that it warns of everything, and for fuzzing, too. Places are all
# that a report names (-g1).
ASAN := BUILD=$(BUILD)/asan CC=clang LDFLAGS='$(LLD)' LANES=3 \
	FEEDBACK=-fsanitize=fuzzer-no-link \
	CFLAGS='-O1 -g1 -Werror -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all'
# These measure time or memory, are many, or about other programs than evert's.
UNSANITIZED := $(patsubst %,tests/peers/%.sh,dns_client given gdb \
	many_connections mutation names probes sleepers soak usage)
SANITIZED := $(notdir $(ALL_TESTS)) $(patsubst tests/%,%, \
	$(filter-out $(UNSANITIZED),$(wildcard tests/peers/*.sh)))
# The tests in which coroutines switch.
SWITCHING := $(notdir $(basename $(filter tests/deferred/coroutine/% \
	%/test_run.c %/test_server.c %/test_stream_read.c \
	%/test_protocol_stream.c %/test_conversation.c,$(TEST_SOURCES))))
# The tests of what asks a poller, and hears of it.
POLLED := $(notdir $(basename $(filter tests/reactor/test_% \
	tests/reactor/poller/% tests/reactor/transport/%,$(TEST_SOURCES))))
# The tests where threads meet, or stacks that a sanitizer must be told of.
TSAN := BUILD=$(BUILD)/tsan CC=gcc LDFLAGS='$(LLD)' LANES=2 \
	CFLAGS='-O1 -g1 -fsanitize=thread' \
	TESTS='test_reactor test_mailbox test_system_lookup test_signals test_shutdown \
	test_live test_dump_signal \
	test_hand_over test_connect test_fork test_run test_server test_thread_pool test_file \
	test_call_and_wait test_thread_crowd test_process_threads \
	test_tls_threads test_tls_handshake test_tls_hostile \
	test_coroutine \
	test_coroutine_cancel test_scope test_stack'

## check: everything that must hold before a change goes in
check:
	@for step in $(CHECKS); do $(MAKE) --no-print-directory $$step || exit; done

# Where all is built so already, it need not be built again.
STRICT := $(BUILD)$(if $(findstring -Werror,$(CFLAGS)),,/strict)

check-warnings:
	$(STEP) '$(CC) finds nothing to warn of' \
		$(MAKE) everything BUILD=$(STRICT) CFLAGS='-O2 -g -Werror'
	$(STEP) 'clang finds nothing to warn of' $(MAKE) everything $(ASAN)

check-headers:
	$(STEP) 'each header stands alone, in C and in C++' \
		env CC='$(CC)' CXX='$(CXX)' tests/check/headers $(HEADERS) \
		$(TLS_HEADERS)

check-misuse:
	$(STEP) 'the compiler warns of what is forgotten' \
		env CC='$(CC)' tests/check/misuse

check-rooms:
	$(STEP) 'no room uses what stands above it' tests/check/rooms $(ROOMS) \
		$(TLS_ROOM)

check-documents:
	$(STEP) 'the documents name what there is' \
		tests/check/documents $(HEADERS) $(wildcard $(TLS_ROOM)/*.h)

check-man: $(MAN) $(SHARED) $(TLS_SHARED)
	$(STEP) 'every name has a manual page, and each page is sound' \
		env CC='$(CC)' tests/check/man $(<D) $(SHARED) $(TLS_SHARED)

check-study: study-programs
	$(STEP) 'the study shows what its programs do' \
		env BUILD=$(STUDY) CC='$(CC)' tests/check/study

check-symbols: $(SHARED) $(TLS_SHARED)
	$(STEP) 'the shared libraries export evert_ names only' \
		tests/check/symbols $(SHARED) $(TLS_SHARED)

check-links: $(SHARED) $(TLS_SHARED) $(EXAMPLES)
	$(STEP) 'nothing but libc is needed at run time' \
		tests/check/links $(SHARED) \
		$(filter-out $(TLS_EXAMPLES),$(EXAMPLES))
	$(STEP) 'TLS needs libc, evert and OpenSSL at run time' \
		env ALSO='|libevert|libssl|libcrypto' \
		tests/check/links $(TLS_SHARED) $(TLS_EXAMPLES)

check-install: $(STATIC) $(SHARED) $(TLS_STATIC) $(TLS_SHARED)
	$(STEP) 'programs in C and C++ build on an installed evert' \
		env MAKE='$(MAKE)' BUILD='$(BUILD)' CC='$(CC)' CXX='$(CXX)' \
		TLS='$(TLS)' tests/install/run

## check-ucontext: coroutines, and what is above them, by the switch that is
## elsewhere (a minute; check-cross has its self-test)
check-ucontext:
	$(STEP) 'tests with the portable switch of coroutines' \
		$(MAKE) test BUILD=$(BUILD)/ucontext LDFLAGS='$(LLD)' \
		CFLAGS='-O1 -g1 -Werror' CPPFLAGS=-DEVERT_USE_UCONTEXT \
		TESTS='$(SWITCHING)'

check-cross:
	$(STEP) 'coroutines on this processor, and on aarch64 under qemu' \
		env BUILD='$(BUILD)' CC='$(CC)' tests/check/cross

# By poll: by epoll they have run without it.
check-asan:
	$(STEP) 'planted leak, overflow and undefined shift are found' \
		$(MAKE) planted $(ASAN) BUGS='leak overflow shift'
	$(STEP) 'tests by poll under AddressSanitizer and UBSan' \
		$(MAKE) test $(ASAN) POLLERS=poll \
		TESTS='$(or $(TESTS),$(SANITIZED))'

check-torture:
	$(STEP) 'bugs that show when a call fails are found' \
		$(MAKE) torture-planted $(ASAN)
	$(STEP) 'nothing comes of calls that fail, in a sample' \
		$(MAKE) torture TESTS='test_queue test_memory_transport' \
		EVERY=50 SECONDS=0.5

check-tsan:
	$(STEP) 'planted data race is found' $(MAKE) planted $(TSAN) BUGS=race
	$(STEP) 'tests under ThreadSanitizer' $(MAKE) test $(TSAN)

check-fuzz:
	$(STEP) 'fuzz targets find nothing in ten seconds each' \
		$(MAKE) fuzz SECONDS=10 LANES=6

check-sim:
	$(STEP) 'programs in simulated worlds go well, 3,000 seeds each' \
		$(MAKE) sim SEEDS=3000

check-interleavings: $(MEET)/interleavings
	$(STEP) 'threads meet in every order, in small scenarios' $< --short
	$(STEP) 'bugs planted where threads meet are found' \
		env COMPILE='$(MEET_COMPILE)' \
		LINK='$(subst %,% $(call meet_objects,$(MEET_SOURCES)),$(MEET_LINK))' \
		tests/interleavings/find_planted $(MEET)/planted

check-eva:
	$(STEP) 'Eva proves no less than it did' $(MAKE) eva

## check-asan-epoll: by epoll, under AddressSanitizer, what a poller drives (two
## minutes; the fuzz targets of transports run on both pollers as it is)
check-asan-epoll:
	$(STEP) 'by epoll, under AddressSanitizer, what a poller drives' \
		$(MAKE) test $(ASAN) POLLERS=epoll TESTS='$(POLLED)'

## check-names: the resolver beside glibc's, all 200 names (two minutes)
check-names:
	@LONG=1 $(MAKE) -s test TESTS=peers/names.sh

## check-testssl: Debian's testssl.sh on the greeting server (three minutes)
check-testssl: examples $(CERTIFICATES)
	@BUILD=$(abspath $(BUILD)) tests/peers/testssl $(BUILD)/testssl.txt

## check-probes: the scripts of tools/probes, by bpftrace, as root (a minute)
check-probes: examples $(STUCK)
	@BUILD=$(abspath $(BUILD)) tests/probes/run

## check-ktls: TLS that a kernel encrypts, on Debian's in qemu-system (a minute)
check-ktls: examples $(CERTIFICATES)
	@BUILD=$(abspath $(BUILD)) tests/kernel/ktls

## check-view: the viewer and the study in Chromium (npm, Debian; a minute)
check-view: $(BUILD)/tools/trace_view
	@BUILD=$(abspath $(BUILD)) tests/view/run

everything: all $(ALL_TESTS) sims $(STUCK)
certificates: $(CERTIFICATES)

planted: $(PLANTED)
	@BUILD='$(BUILD)' tests/check/find_planted $(BUGS)

# Beneath GDBDIR gdb looks for it by the whole path of the library.
FOR_GDB = $(DESTDIR)$(GDBDIR)$(LIBDIR)/libevert.so.$(VERSION)-gdb.py

## install: into PREFIX (/usr/local), below DESTDIR; BINDIR, LIBDIR, INCLUDEDIR,
## MANDIR, GDBDIR
install: $(STATIC) $(SHARED) $(TLS_STATIC) $(TLS_SHARED) $(PS) \
		$(if $(PYTHON),$(MAN))
	set -e; for header in $(HEADERS) $(TLS_HEADERS); do \
		install -d "$(DESTDIR)$(INCLUDEDIR)/evert/$$(dirname $$header)"; \
		install -m 644 $$header "$(DESTDIR)$(INCLUDEDIR)/evert/$$header"; \
	done
	echo '#include "evert/evert.h"' > "$(DESTDIR)$(INCLUDEDIR)/evert.h"
	install -d "$(DESTDIR)$(LIBDIR)/pkgconfig"
	$(call install_library,libevert,$(SONAME),evert.pc)
	install -d "$(dir $(FOR_GDB))"
	install -m 644 tools/gdb/evert-gdb.py "$(FOR_GDB)"
	install -d "$(DESTDIR)$(BINDIR)"
	install -m 755 $(PS) "$(DESTDIR)$(BINDIR)/evert-ps"
	$(if $(PYTHON),$(foreach section,3 7,$(call install_pages,$(section))))
ifneq ($(TLS_SHARED),)
	echo '#include "evert/evert-tls.h"' \
		> "$(DESTDIR)$(INCLUDEDIR)/evert-tls.h"
	$(call install_library,libevert-tls,$(TLS_SONAME),evert-tls.pc)
endif

# NAME, SONAME and what pkg-config is told.
define install_library
	install -m 644 $(BUILD)/$(1).a "$(DESTDIR)$(LIBDIR)/$(1).a"
	install -m 755 $(BUILD)/$(1).so.$(VERSION) \
		"$(DESTDIR)$(LIBDIR)/$(1).so.$(VERSION)"
	ln -sf $(1).so.$(VERSION) "$(DESTDIR)$(LIBDIR)/$(2)"
	ln -sf $(2) "$(DESTDIR)$(LIBDIR)/$(1).so"
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
		-e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' -e 's|@VERSION@|$(VERSION)|' \
		$(3).in > "$(DESTDIR)$(LIBDIR)/pkgconfig/$(3)"
endef

define install_pages
	install -d "$(DESTDIR)$(MANDIR)/man$(1)"
	install -m 644 $(dir $(MAN))man$(1)/* "$(DESTDIR)$(MANDIR)/man$(1)"

endef

## uninstall: remove what install put there; say the same PREFIX and DESTDIR
uninstall:
	rm -rf "$(DESTDIR)$(INCLUDEDIR)/evert"
	rm -f "$(DESTDIR)$(INCLUDEDIR)/evert.h" \
		"$(DESTDIR)$(INCLUDEDIR)/evert-tls.h"
	for name in libevert libevert-tls; do \
		rm -f "$(DESTDIR)$(LIBDIR)/$$name.a" \
			"$(DESTDIR)$(LIBDIR)/$$name.so" \
			"$(DESTDIR)$(LIBDIR)/$$name.so.0" \
			"$(DESTDIR)$(LIBDIR)/$$name.so.$(VERSION)"; \
	done
	rm -f "$(FOR_GDB)" "$(DESTDIR)$(BINDIR)/evert-ps"
	rm -f "$(DESTDIR)$(MANDIR)/man3/"evert_*.3 \
		"$(DESTDIR)$(MANDIR)/man3/"EVERT_*.3 \
		"$(DESTDIR)$(MANDIR)/man7/evert.7" \
		"$(DESTDIR)$(MANDIR)/man7/"evert_*.7
	rm -f "$(DESTDIR)$(LIBDIR)/pkgconfig/evert.pc" \
		"$(DESTDIR)$(LIBDIR)/pkgconfig/evert-tls.pc"

## clean: remove BUILD
clean:
	rm -rf $(BUILD)

## help: this list
help:
	@sed -n 's/^## //p' Makefile

# How one thing is made of another. V=1 shows the commands.

say = $(if $(V),,@echo '  $(1)' &&)

# A test is linked with what it calls of tests/support, no more, so that one
# without a reactor is seen to have none, and runs once instead of per poller.
$(STATIC): $(call objects,$(LIB_SOURCES)) $(BUILD)/sources
$(TLS_STATIC): $(call objects,$(TLS_SOURCES)) $(BUILD)/sources
$(SUPPORT): $(call objects,$(TEST_SUPPORT)) $(BUILD)/sources
$(STATIC) $(TLS_STATIC) $(SUPPORT):
	@rm -f $@
	$(call say,AR $@) $(AR) rcs $@ $(filter %.o,$^)

$(SHARED): $(call objects,$(LIB_SOURCES)) $(BUILD)/sources
	$(call say,LD $@) $(LINK_SHARED) -Wl,-soname,$(SONAME) \
		$(filter %.o,$^) -o $@

$(TLS_SHARED): $(call objects,$(TLS_SOURCES)) $(SHARED) $(BUILD)/sources \
		| $(SHARED_LINKS)
	$(call say,LD $@) $(LINK_SHARED) -Wl,-soname,$(TLS_SONAME) \
		$(filter %.o,$^) -L$(BUILD) -levert $(OPENSSL_LIBS) -o $@

$(SHARED_LINKS): $(SHARED)
$(TLS_SHARED_LINKS): $(TLS_SHARED)
$(SHARED_LINKS) $(TLS_SHARED_LINKS):
	@ln -sf $(<F) $@

$(EXAMPLES): $(call objects,$(EXAMPLE_SHARED))
$(TLS_EXAMPLES): $(call objects,$(EXAMPLE_TLS)) $(TLS_LIBRARY)
$(TLS_EXAMPLES): private LDLIBS += $(OPENSSL_LIBS)
$(BUILD)/tools/trace_view: $(call objects,$(VIEW_SOURCES))
$(call objects,tools/view/files.S): $(VIEW_FILES)
$(ALL_TESTS) $(PLANTED): $(call objects,$(TEST_SHARED) $(FORKED_HERE)) $(SUPPORT)
$(ALL_TESTS) $(PLANTED): private LDLIBS += $(CRITERION_LIBS)
$(ALL_TESTS): private LINK += $(LLD)
# Those of the tests, with certificates that are made once.
$(TLS_TESTS): $(call objects,$(TLS_SUPPORT)) $(TLS_LIBRARY) | $(CERTIFICATES)
$(TLS_TESTS): private LDLIBS += $(OPENSSL_LIBS)
$(PS): $(call objects,$(PS_SOURCES))
	$(call say,LD $@) $(LINK) $(filter %.o,$^) -o $@

# What stands where: tests/torture/stack.c.
mark = $(call objects,tests/torture/marks/$(1).c)
# Neither a test's nor evert's: systems, which are below.
TORTURE_BELOW = $(call objects,$(wildcard reactor/system/*.c) \
	$(addprefix tests/support/,system.c memory.c))
# All of evert, and in front of what only some have, so that it is alike in each
# (sites.c).
torture_of = $(LINK) $(call objects,$(TORTURE_SOURCES)) $(TORTURE_BELOW) \
	$(call mark,tests_begin) $(1) $(call mark,evert_begins) \
	$(filter-out $(TORTURE_BELOW),$(call objects,$(LIB_SOURCES))) $(2) \
	$(call mark,evert_ends) $(TORTURE_WRAPS:%=-Wl,--wrap=%) $(CRITERION_LIBS)
TORTURED = $(BUILD)/tests/$*.c.o $(call objects,$(TEST_SHARED)) \
	$(if $(findstring /tls/,/$*),$(call objects,$(TLS_SUPPORT))) $(SUPPORT)
$(TORTURES): $(BUILD)/torture/%: $(BUILD)/tests/%.c.o $(SUPPORT) $(STATIC) \
		$(call objects,$(TORTURE_SOURCES) $(TORTURE_MARKS) \
		$(TEST_SHARED))
	@mkdir -p $(@D)
	$(call say,LD $@) $(call torture_of,$(TORTURED),$(if \
		$(findstring /tls/,/$*),$(call objects,$(TLS_SOURCES)))) \
		$(if $(findstring /tls/,/$*),$(OPENSSL_LIBS)) -o $@
# A program like these, whose evert has bugs.
$(BUILD)/torture-planted: $(STATIC) $(SUPPORT) $(call objects,$(TORTURE_SOURCES) \
		$(TORTURE_MARKS) $(TORTURE_PLANTED) $(TEST_SHARED))
	$(call say,LD $@) $(call torture_of,$(call objects,$(TEST_SHARED) \
		$(filter %/tests.c,$(TORTURE_PLANTED))),$(call objects, \
		$(filter %/bugs.c,$(TORTURE_PLANTED))) $(SUPPORT)) -o $@
$(filter $(BUILD)/torture/$(TLS_ROOM)/%,$(TORTURES)): \
	$(call objects,$(TLS_SUPPORT)) $(TLS_STATIC) | $(CERTIFICATES)
TORTURE_WRAPS := evert_allocate evert_reallocate evert_free evert_system_real \
	__ubsan_handle_type_mismatch_v1_abort

$(BUILD)/tests/gdb/stuck_shared: $(BUILD)/tests/gdb/stuck.c.o $(SHARED) \
		| $(SHARED_LINKS)
	$(call say,LD $@) $(LINK) $< -L$(BUILD) -levert \
		-Wl,-rpath,$(abspath $(BUILD)) -o $@

$(EXAMPLES) $(TUTORIAL) $(filter-out $(PS),$(TOOLS)) $(SIMS) \
		$(call programs,$(STUCK_SOURCES)) $(ALL_TESTS) $(PLANTED): \
		$(BUILD)/%: $(BUILD)/%.c.o $(LIBRARY)
	$(call say,LD $@) $(LINK) $(filter %.o,$^) $(filter $(SUPPORT),$^) \
		$(filter $(TLS_LIBRARY),$^) $(LIBRARY) $(LDLIBS) -o $@

# What they have in common, and what one of them is about.
$(SIMS): $(call objects,$(SIM_SHARED))
$(BUILD)/tests/sim/connect: $(call objects,$(SIM_RACE))
$(BUILD)/tests/sim/handover: $(call objects,$(SIM_HANDING))
$(BUILD)/tests/sim/sort: $(call objects,examples/common/sorting.c)
$(TLS_SIMS): $(TLS_STATIC) | $(CERTIFICATES)
$(TLS_SIMS): private LDLIBS += $(OPENSSL_LIBS)

$(CERTIFICATES): tests/tls/ca
	$(call say,MAKE $(@D)) $< $(@D)

$(DIFF): $(wildcard tests/criterion/diff/*) $(BUILD)/flags | criterion
	$(call say,MAKE $(@D)) tests/criterion/diff/build $(@D) \
		'$(LDFLAGS) $(CRITERION_LIBS)' $(COMPILE)

$(FUZZERS): $(call objects,tests/fuzz/fuzz.c) $(filter %.o,$(FUZZ_MAIN))
$(BUILD)/tests/fuzz/fuzz_deferred: \
	$(call objects,$(wildcard tests/model/*.c))
$(addprefix $(BUILD)/tests/fuzz/fuzz_,coroutine queue): \
	$(call objects,$(wildcard tests/model/waiting/*.c) \
	$(addprefix tests/model/,promised.c record.c) tests/support/memory.c)
$(addprefix $(BUILD)/tests/fuzz/fuzz_,coroutine queue): private LINK += \
	-Wl,--wrap=mmap
$(KERNEL_FUZZERS): $(call objects,$(wildcard tests/fuzz/kernel/*.c))
$(KERNEL_FUZZERS): private LINK += -Wl,--wrap=evert_say
$(BUILD)/tests/fuzz/fuzz_transport: \
	$(call objects,$(wildcard tests/fuzz/transport/*.c))
$(TLS_FUZZERS): $(TLS_STATIC)
$(TLS_FUZZERS): private LDLIBS += $(OPENSSL_LIBS)
$(FUZZERS): private LDLIBS += -lm
$(FUZZERS): $(BUILD)/%: $(BUILD)/%.c.o $(STATIC)
	$(call say,LD $@) $(LINK) $(filter-out %.o,$(FUZZ_MAIN)) $(filter %.o,$^) \
		$(filter $(TLS_STATIC),$^) $(STATIC) $(LDLIBS) -o $@

$(call objects,$(LIB_SOURCES) $(TLS_SOURCES)): \
	private LAST = $(LIB_CFLAGS) $(FEEDBACK)
$(BUILD)/tests/%.o: private LAST = $(TEST_CFLAGS)
# A fuzzer goes for what is new in these, too.
$(BUILD)/tests/fuzz/%.o $(BUILD)/tests/model/%.o: \
	private LAST = $(TEST_CFLAGS) $(FEEDBACK)
# Hundreds, each compiled for one short run.
$(call objects,$(TEST_SOURCES) $(TLS_TEST_SOURCES)): \
	private LAST = -O0 $(TEST_CFLAGS)
$(BUILD)/tests/%.o: private EXTRA := $(TEST_WARNINGS)
$(call objects,$(TEST_SOURCES) $(TLS_TEST_SOURCES) $(TEST_SHARED) \
	$(FORKED_SHARED) $(TEST_SUPPORT) $(TLS_SUPPORT) $(PLANTED_SOURCES)): | criterion

$(BUILD)/%.o: % $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC $<) $(COMPILE) $(LAST) -MMD -MP -c $< -o $@

criterion:
	@echo '#include <criterion/criterion.h>' | $(CC) $(CPPFLAGS) -E - \
		>$(if $(V),&2,/dev/null) 2>&1 || tests/criterion/install

# A stamp is rewritten only when its text changes; what depends on it is then
# made anew: all objects by new flags, the libraries by a source that went.
$(BUILD)/flags: private TEXT = $(COMPILE) $(LINK) $(LIB_CFLAGS) $(FEEDBACK)
$(BUILD)/sources: private TEXT = $(LIB_SOURCES) $(TLS_SOURCES) $(TEST_SUPPORT)
$(BUILD)/flags $(BUILD)/sources: always | $(BUILD)
	$(file >$@.new,$(TEXT))
	@cmp -s $@.new $@ || cp $@.new $@; rm -f $@.new

$(BUILD):
	@mkdir -p $@

-include $(patsubst %,$(BUILD)/%.d,$(LIB_SOURCES) $(TLS_SOURCES) \
	$(EXAMPLE_SOURCES) $(EXAMPLE_SHARED) $(EXAMPLE_TLS) $(TOOL_SOURCES) \
	$(VIEW_SOURCES) $(PS_SOURCES) $(TUTORIAL_SOURCES) $(STUDY_SOURCES) \
	$(TEST_SOURCES) $(TLS_TEST_SOURCES) $(TEST_SHARED) $(FORKED_SHARED) \
	$(TEST_SUPPORT) $(TLS_SUPPORT) \
	$(PLANTED_SOURCES) $(SIM_SOURCES) $(SIM_SHARED) $(SIM_RACE) $(SIM_HANDING) $(STUCK_SOURCES) \
	$(COVERAGE_SOURCES) $(FUZZ_SOURCES) $(FUZZ_SHARED) \
	$(TORTURE_SOURCES) $(TORTURE_MARKS) $(TORTURE_PLANTED))
-include $(patsubst %,$(MEET)/%.d,$(MEET_SOURCES) $(MEET_SHARED))

MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.PHONY: all tls examples tools man study study-programs demo seed-table test tests promises sim sims soak fuzz fuzz-programs fuzzers plants eva interleavings coverage torture torture-programs torture-planted certificates mutation mutation-facts all-shared bench guard check check-asan-epoll check-names check-testssl check-ktls check-probes check-view $(CHECKS) everything \
	planted install uninstall clean help criterion always
