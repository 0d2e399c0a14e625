// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace countersign::merchant {

// Whether a mediator connects a checkout with a terminal.
enum class TerminalLink {
  kNone,  // nobody has come that way
  kConnected,
  kLost,  // it has ended, on whichever side, and no other has come since
};

// TerminalLinks knows of the ways to terminals. Thread-safe.
class TerminalLinks {
 public:
  virtual ~TerminalLinks() = default;
  virtual TerminalLink link_of(std::string_view checkout) = 0;
};

}  // namespace countersign::merchant
