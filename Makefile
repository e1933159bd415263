# The only entry points a person needs. Every target can be run twice.
#
#   make run     sets up what is missing, builds, starts the proxy on 127.0.0.1:5060 with the basic routing script
#   make test    sets up what is missing, runs every test; ends with the runner's own summary
#   make lint    formatting, clippy, generated files, dependencies
#   make bench   speed, printed from one run; beside Kamailio where Debian's is installed
#   make sidebyside  its last part alone: the whole server and Kamailio in turns (SIDEBYSIDE="--help" lists arguments)
#   make bench-check  instructions of the parts against benches/instructions.toml; fails where one takes 5 % more
#   make bench-baseline  writes benches/instructions.toml anew, where more is meant or less was reached
#   make soak    ten minutes of deploys under load: no call may notice (KEMIST_SOAK_SECONDS, KEMIST_SOAK_RATE)
#   make soak-tenants  ten minutes of hostile tenants beside a thousand others (KEMIST_SOAK_SECONDS, KEMIST_SOAK_TENANTS)
#   make conformance  black-box scenarios under sipp; CONFORMANCE_SUBJECT=kamailio: against Debian's Kamailio instead
#   make engines  the engines of interpreted languages, which `kemist build route.js` needs
#   make setup   what the others need, and nothing else
.PHONY: run test lint bench sidebyside bench-check bench-baseline soak soak-tenants conformance engines setup

run: setup
	@.ci/demo

test: setup
	@.ci/test

lint: setup
	@.ci/lint

bench: setup
	@.ci/bench

bench-check: setup
	@.ci/bench-check

bench-baseline: setup
	@.ci/bench-check --write

sidebyside: setup
	@.ci/sidebyside

soak: setup
	@.ci/soak

soak-tenants: setup
	@.ci/soak-tenants

conformance: setup
	@.ci/conformance

engines: setup
	@.ci/engines

setup:
	@.ci/setup
