# make demo | make test are all a newcomer needs; the other targets are their parts.
#   deps   installs the Debian packages below      build  release build, .build/release/vigil
#   test   deps, build, every test                 bench  the benchmarks
#   test-browser  only the tests of the pages, in headless Chromium; VIGIL_MEASURE=1 prints how fast they are, too
#   lint   swift format, strict                    demo   a real scan from inbox to audit row
#   install    into PREFIX (/usr/local) below DESTDIR: the program, Swift's runtime, manual, systemd unit, the shipped rule
#   test-cluster  installs Slurm, and runs what the agent does with it on a cluster of one node, as root
#   deb        .build/deb/vigil_VERSION_ARCH.deb         check-deb  that package on a fresh Debian under systemd, as root
#   torture  KILLS=200 of the agent under hostile drops, a failing disk at every call, power cuts; SEED= to repeat; JOBS=3 agents at
#            once against failing disks, DIARY=file to go on after an interruption
#   fuzz   SECONDS=60 each of the DICOM reader and the text conversion under AddressSanitizer

SWIFT ?= swift
SWIFT_FLAGS := -c release --explicit-target-dependency-import-check error

# What the build links, what the tests call, what the demo cuts its scan from.
BUILD_PACKAGES := libarchive-dev libdcmtk-dev libdeflate-dev libinotifytools0-dev libopenblas-dev libopenjp2-7-dev \
  libpng-dev libsqlite3-dev libssl-dev pkg-config zlib1g-dev
TEST_PACKAGES := bindfs chromium dicom3tools mricron-data
PACKAGES := $(BUILD_PACKAGES) $(TEST_PACKAGES)
PACKAGING_PACKAGES := binutils dpkg-dev patchelf
CHECK_DEB_PACKAGES := debootstrap lintian mricron-data systemd-container
CLUSTER_PACKAGES := munge slurm-wlm
PREFIX ?= /usr/local

.PHONY: deps build test test-browser bench demo lint torture fuzz install deb check-deb test-cluster

deps:
	@.ci/deps $(PACKAGES)

build: deps
	$(SWIFT) build $(SWIFT_FLAGS) --product vigil

test: deps
	$(SWIFT) build $(SWIFT_FLAGS) --build-tests
	$(SWIFT) test $(SWIFT_FLAGS) --skip-build --no-parallel

test-browser: deps
	$(SWIFT) build $(SWIFT_FLAGS) --build-tests
	$(SWIFT) test $(SWIFT_FLAGS) --skip-build --no-parallel --filter "BrowserTests|PageMeasurements"

bench: build
	.build/release/vigil bench all

demo: build
	.ci/demo

lint:
	.ci/lint

KILLS ?= 200
SEED ?=
JOBS ?= 1
DIARY ?=
torture: deps
	$(SWIFT) build $(SWIFT_FLAGS) --build-tests
	VIGIL_TORTURE=$(KILLS) VIGIL_TORTURE_SEED=$(SEED) VIGIL_TORTURE_JOBS=$(JOBS) VIGIL_TORTURE_DIARY=$(DIARY) \
	  $(SWIFT) test $(SWIFT_FLAGS) --skip-build --no-parallel \
	  --filter 'KillTortureTests|FaultTests|FailingInputTests|PowerCutTests|PoisonTests|DamageTests|SurroundingsTests'

SECONDS ?= 60
fuzz: deps
	@.ci/fuzz $(SECONDS)

# As root after a build as another user: make install alone builds nothing that is there.
install:
	@.ci/deps $(PACKAGING_PACKAGES)
	@test -x .build/release/vigil || $(MAKE) build
	@.ci/packaging/install $(PREFIX) $(DESTDIR)

deb: build
	@.ci/deps $(PACKAGING_PACKAGES)
	@.ci/packaging/deb

check-deb: deb
	@.ci/deps $(CHECK_DEB_PACKAGES)
	lintian --fail-on error,warning .build/deb/*.deb
	.ci/packaging/check-deb .build/deb/*.deb

test-cluster: deps
	@.ci/deps $(CLUSTER_PACKAGES)
	$(SWIFT) build $(SWIFT_FLAGS) --build-tests
	VIGIL_TEST_CLUSTER=1 $(SWIFT) test $(SWIFT_FLAGS) --skip-build --no-parallel --filter 'Slurm.*Tests'
