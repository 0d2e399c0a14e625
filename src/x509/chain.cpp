// SPDX-License-Identifier: Apache-2.0
#include "x509/chain.h"

#include <array>

#include "x509/path_validation.h"

namespace countersign::x509 {

Result<void> verify_chain(const Certificate& leaf, const Certificate* intermediate, const Certificate& anchor,
                          std::string_view policy, TimePoint at) {
  const std::array<x509_st*, 2> certificates{leaf.native(),
                                             intermediate == nullptr ? nullptr : intermediate->native()};
  const std::size_t length = intermediate == nullptr ? 1 : 2;
  PathSettings settings;
  settings.at = at;
  if (!policy.empty()) {
    settings.policies = {&policy, 1};
    settings.explicit_policy = true;
  }
  return validate_path({std::span(certificates).first(length), anchor.native()}, settings);
}

}  // namespace countersign::x509
