#!/usr/bin/env bash
# Compiles the portable kernels for arm64 with the toolchain's clang and runs arm64.c on them under emulation.
# Needs Debian's qemu-user, gcc-aarch64-linux-gnu and libc6-dev-arm64-cross. Not part of the tests: it says nothing of x86.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
for file in Sources/CKernels/*.c Tests/CKernels/arm64.c; do
  clang --target=aarch64-linux-gnu --sysroot=/usr/aarch64-linux-gnu -I/usr/aarch64-linux-gnu/include -ISources/CKernels/include \
    -std=gnu11 -O3 -Wall -Werror -c "$file" -o "$place/$(basename "$file" .c).o"
done
aarch64-linux-gnu-gcc "$place"/*.o -o "$place/check" -lm -lpthread
qemu-aarch64 -L /usr/aarch64-linux-gnu "$place/check"
