# make demo | make test are all a newcomer needs; the other targets are their parts.
#   deps   installs the Debian packages below      build  release build, .build/release/vigil
#   test   deps, build, every test                 bench  the benchmarks
#   lint   swift format, strict                    demo   a real scan from inbox to audit row
#   torture  KILLS=200 of the agent under hostile drops, a failing disk at every call, power cuts; SEED= to repeat
#   fuzz   SECONDS=60 each of the DICOM reader and the text conversion under AddressSanitizer

SWIFT ?= swift
SWIFT_FLAGS := -c release --explicit-target-dependency-import-check error

# What the build links, what the tests call, what the demo cuts its scan from.
BUILD_PACKAGES := libarchive-dev libdcmtk-dev libdeflate-dev libinotifytools0-dev libopenblas-dev libopenjp2-7-dev \
  libpng-dev libsqlite3-dev libssl-dev pkg-config zlib1g-dev
TEST_PACKAGES := dicom3tools mricron-data
PACKAGES := $(BUILD_PACKAGES) $(TEST_PACKAGES)

.PHONY: deps build test bench demo lint torture fuzz

deps:
	@.ci/deps $(PACKAGES)

build: deps
	$(SWIFT) build $(SWIFT_FLAGS) --product vigil

test: deps
	$(SWIFT) build $(SWIFT_FLAGS) --build-tests
	$(SWIFT) test $(SWIFT_FLAGS) --skip-build --no-parallel

bench: build
	.build/release/vigil bench all

demo: build
	.ci/demo

lint:
	.ci/lint

KILLS ?= 200
SEED ?=
torture: deps
	$(SWIFT) build $(SWIFT_FLAGS) --build-tests
	VIGIL_TORTURE=$(KILLS) VIGIL_TORTURE_SEED=$(SEED) $(SWIFT) test $(SWIFT_FLAGS) --skip-build --no-parallel \
	  --filter 'KillTortureTests|FaultTests|PowerCutTests|PoisonTests|DamageTests'

SECONDS ?= 60
fuzz: deps
	@.ci/fuzz $(SECONDS)
