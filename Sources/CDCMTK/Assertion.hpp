#ifndef VIGIL_ASSERTION_HPP
#define VIGIL_ASSERTION_HPP

#include <csetjmp>

namespace vigil {

/// Where a failed `assert` in a C library goes, on this thread, while one of these is in force. Debian's OpenJPEG is built with its
/// assertions, and some of them a damaged code stream can make fail: the process would be aborted.
struct AssertionTrap {
  jmp_buf jump;
  AssertionTrap *outer;
  const char *assertion = "";

  AssertionTrap();
  ~AssertionTrap();
  AssertionTrap(const AssertionTrap &) = delete;
};

}  // namespace vigil

/// Runs `call`, which may use nothing but C: true unless an assertion failed in it. What the library held then stays allocated.
#define VIGIL_HOLDS(trap, call) (setjmp((trap).jump) == 0 ? ((call), true) : false)

#endif
