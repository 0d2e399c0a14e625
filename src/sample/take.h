// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

#include "base/result.h"

namespace countersign {

// take answers the value of a result, or ends the test program with the error's text.
template <typename T>
T take(Result<T> result, const char* what = "unexpected failure") {
  if (!result)
    throw std::runtime_error(std::string(what) + ": " + std::string(error_name(result.error().code)) + ": " +
                             result.error().detail);
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

}  // namespace countersign
