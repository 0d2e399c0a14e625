// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "base/result.h"

namespace countersign::card {

// PinTries counts wrong PINs in a file of one octet for tokens that never lock themselves. A try is counted,
// and the count on disk, before the PIN is tried: whoever cuts the power gains nothing. Processes queue at
// the file.
class PinTries {
 public:
  PinTries(std::string file, int max_tries) : file_(std::move(file)), max_tries_(max_tries) {}

  // Tries left; kUnavailable when the file cannot be read or holds anything but a count.
  Result<int> left() const;

  // Attempt is one counted try; the file stays locked as long as it lives.
  class Attempt {
   public:
    Attempt(Attempt&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)),
          left_(other.left_),
          count_before_(other.count_before_) {}
    Attempt& operator=(Attempt&&) = delete;
    ~Attempt();
    // Tries left should this one turn out wrong.
    int left() const { return left_; }
    // The PIN was right: counting begins anew.
    Result<void> succeed();
    // The token did not judge the PIN (it was removed, say): the try does not count.
    Result<void> withdraw();

   private:
    friend class PinTries;
    Attempt(int descriptor, int left) : descriptor_(descriptor), left_(left) {}
    int descriptor_;
    int left_;
    int count_before_ = 0;
  };
  // begin counts a try, durably. kPinLocked when none is left.
  Result<Attempt> begin() const;

 private:
  std::string file_;
  int max_tries_;
};

}  // namespace countersign::card
