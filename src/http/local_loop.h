// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace countersign::http {

// LocalLoop is a listening socket of this process for this process: an abstract Unix address (unix(7)) that
// nobody can guess. For one thread at a time.
class LocalLoop {
 public:
  static Result<std::unique_ptr<LocalLoop>> open();
  ~LocalLoop();
  LocalLoop(const LocalLoop&) = delete;
  LocalLoop& operator=(const LocalLoop&) = delete;

  const std::string& name() const { return name_; }
  // The other end of a connection that this process has made; the caller closes it. Turns away whom another
  // process connected. Does not wait: kUnavailable when there is none.
  Result<int> accept();

 private:
  LocalLoop(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}
  int descriptor_;
  std::string name_;
};

}  // namespace countersign::http
