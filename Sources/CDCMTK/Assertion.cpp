#include "Assertion.hpp"

#include <cstdio>
#include <cstdlib>

namespace vigil {
namespace {
thread_local AssertionTrap *innermost = nullptr;
}

AssertionTrap::AssertionTrap() : outer(innermost) { innermost = this; }
AssertionTrap::~AssertionTrap() { innermost = outer; }

[[noreturn]] void assertionFailed(const char *assertion, const char *file, unsigned line) {
  if (innermost) {
    innermost->assertion = assertion;
    longjmp(innermost->jump, 1);
  }
  fprintf(stderr, "%s:%u: assertion failed: %s\n", file, line, assertion);
  abort();
}

}  // namespace vigil

/// In place of glibc's, for every library of the process: the executable's symbols come first.
extern "C" [[noreturn]] void __assert_fail(const char *assertion, const char *file, unsigned line, const char *) noexcept {
  vigil::assertionFailed(assertion, file, line);
}
