// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/outcome/basic_result.hpp>
#include <boost/outcome/policy/terminate.hpp>
#include <boost/outcome/success_failure.hpp>
#include <boost/outcome/try.hpp>
#include <string>
#include <utility>

#include "base/error.h"

namespace countersign {

// Result is a value or an Error, and must be looked at. Taking the value of a failure ends the process.
template <typename T>
using Result =
    BOOST_OUTCOME_V2_NAMESPACE::basic_result<T, Error, BOOST_OUTCOME_V2_NAMESPACE::policy::terminate>;

// fail makes the failure of any Result: `return fail(ErrorCode::kMalformed, "order: lines missing");`
inline auto fail(ErrorCode code, std::string detail) {
  return BOOST_OUTCOME_V2_NAMESPACE::failure(Error{code, std::move(detail)});
}

// fail passes an Error on, with the context in which it arose put before its detail.
inline auto fail(Error error, std::string_view context = {}) {
  if (!context.empty()) error.detail = std::string(context) + ": " + error.detail;
  return BOOST_OUTCOME_V2_NAMESPACE::failure(std::move(error));
}

// ok makes the success of a Result<void>.
inline auto ok() {
  return BOOST_OUTCOME_V2_NAMESPACE::success();
}

}  // namespace countersign

// TRY(auto value, expression) or TRY(expression): returns the error of a failed Result from the function.
#define TRY(...) BOOST_OUTCOME_TRY(__VA_ARGS__)
