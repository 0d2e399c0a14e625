// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace countersign::mediator {

// The name of the native messaging host, as extensions and manifests know it.
inline constexpr std::string_view kHostName = "org.countersign.mediator";

// Which extensions may start the mediator. By default the project's own.
struct AllowedExtensions {
  std::vector<std::string> chromium{"npnojofcjaheidmphkghbkebghaadhek"};  // 32 letters a–p
  std::vector<std::string> firefox{"extension@countersign.org"};
};

// Whether a command line is that of a browser: Chromium's first argument is the extension's origin
// (chrome-extension://<id>/), Firefox gives the manifest's path and the extension's id.
bool is_started_by_browser(std::span<const std::string> arguments);
// kForbidden unless the extension is one of the allowed.
Result<void> check_caller(std::span<const std::string> arguments, const AllowedExtensions& allowed);

}  // namespace countersign::mediator
