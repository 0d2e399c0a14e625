// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "merchant/checkout.h"

namespace countersign::merchant {

// CheckoutWatch hears of each change of a checkout's state, after it is durable. Called from any thread; must
// not block.
class CheckoutWatch {
 public:
  virtual ~CheckoutWatch() = default;
  virtual void changed(std::string_view checkout, CheckoutState state) = 0;
};

}  // namespace countersign::merchant
