// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "mediator/browser_message.h"
#include "mediator/caller.h"

namespace countersign::mediator {

enum class Browser { kChromium, kChrome, kFirefox };
std::string_view browser_name(Browser browser);
inline constexpr Browser kBrowsers[] = {Browser::kChromium, Browser::kChrome, Browser::kFirefox};

// Places are the folders of one user, or of the whole system, where browsers and desktops look.
struct Places {
  std::filesystem::path chromium, chrome, firefox;  // native messaging manifests
  std::filesystem::path applications;               // .desktop files
  std::filesystem::path defaults;                   // mimeapps.list: which application opens what
  std::filesystem::path data;                       // of the launcher
  std::filesystem::path manifest_folder(Browser browser) const;
  static Places of_user(const std::filesystem::path& home, const std::filesystem::path& config_home,
                        const std::filesystem::path& data_home);
  static Places of_system();
};

struct Installation {
  std::filesystem::path program;  // countersign-mediator, absolute
  std::filesystem::path config;   // empty: where the program looks by itself
  AllowedExtensions extensions;
  Places places;
};

// install registers the native messaging host with the browsers, and the program as what opens countersign:
// links. A second installation replaces the first. kUnavailable, kForbidden with the file that cannot be
// written.
Result<void> install(const Installation& installation, const std::vector<Browser>& browsers);
// uninstall removes what install wrote, and nothing else.
Result<void> uninstall(const Installation& installation, const std::vector<Browser>& browsers);
// forget_terminals overwrites and removes the link key and all pairings of this folder, and removes the
// folder, and the one above that is named for this project, if nothing else lies there. Whether anything was
// there.
Result<bool> forget_terminals(const std::filesystem::path& folder);
// What of it is there and in order: one part per browser, and the links.
std::vector<Part> inspect_installation(const Installation& installation);

}  // namespace countersign::mediator
