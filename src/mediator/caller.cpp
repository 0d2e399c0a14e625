// SPDX-License-Identifier: Apache-2.0
#include "mediator/caller.h"

#include <algorithm>

namespace countersign::mediator {
namespace {

constexpr std::string_view kChromiumScheme = "chrome-extension://";

bool contains(const std::vector<std::string>& list, std::string_view id) {
  return std::find(list.begin(), list.end(), id) != list.end();
}

bool names_manifest(std::string_view path) {
  return path.starts_with('/') && path.ends_with(std::string(kHostName) + ".json");
}

}  // namespace

bool is_started_by_browser(std::span<const std::string> arguments) {
  if (arguments.empty()) return false;
  return arguments[0].starts_with(kChromiumScheme) || (arguments.size() == 2 && names_manifest(arguments[0]));
}

Result<void> check_caller(std::span<const std::string> arguments, const AllowedExtensions& allowed) {
  if (!is_started_by_browser(arguments)) return fail(ErrorCode::kForbidden, "not started by a browser");
  std::string_view first = arguments[0];
  bool is_allowed = false;
  if (first.starts_with(kChromiumScheme)) {
    first.remove_prefix(kChromiumScheme.size());
    is_allowed = first.ends_with('/') && contains(allowed.chromium, first.substr(0, first.size() - 1));
  } else {
    is_allowed = contains(allowed.firefox, arguments[1]);
  }
  if (!is_allowed) return fail(ErrorCode::kForbidden, "the extension is not one that may start the mediator");
  return ok();
}

}  // namespace countersign::mediator
