// SPDX-License-Identifier: Apache-2.0
#include "mediator/installation.h"

#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "documents/json.h"
#include "mediator/default_application.h"
#include "storage/file.h"
#include "storage/secret_folder.h"

namespace countersign::mediator {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::string_view kDesktopFile = "org.countersign.mediator.desktop";
constexpr std::string_view kLinks = "x-scheme-handler/countersign";
constexpr std::string_view kLauncher = "countersign-mediator-launcher";
constexpr std::size_t kMaxManifest = 16 << 10;
constexpr std::size_t kMaxDefaults = 1 << 20;

fs::path manifest_file(const Places& places, Browser browser) {
  return places.manifest_folder(browser) / (std::string(kHostName) + ".json");
}

// Browsers start the host without options; a configuration of its own needs a launcher.
fs::path launcher_of(const Installation& installation) {
  return installation.config.empty() ? installation.program : installation.places.data / kLauncher;
}

std::string quoted_for_shell(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string launcher_text(const Installation& installation) {
  return "#!/bin/sh\nexec " + quoted_for_shell(installation.program.string()) + " --config " +
         quoted_for_shell(installation.config.string()) + " \"$@\"\n";
}

std::string manifest_text(const Installation& installation, Browser browser) {
  json::object manifest{{"name", kHostName},
                        {"description", "Countersign mediator"},
                        {"path", launcher_of(installation).string()},
                        {"type", "stdio"}};
  json::array extensions;
  if (browser == Browser::kFirefox) {
    for (const auto& id : installation.extensions.firefox) extensions.emplace_back(id);
    manifest["allowed_extensions"] = std::move(extensions);
  } else {
    for (const auto& id : installation.extensions.chromium) {
      extensions.emplace_back("chrome-extension://" + id + "/");
    }
    manifest["allowed_origins"] = std::move(extensions);
  }
  return documents::write_json(manifest) + "\n";
}

// The Exec key has an escaping of its own (Desktop Entry Specification, "The Exec key"). A path that needs no
// quotes gets none: xdg-open knows nothing of them.
std::string quoted_for_desktop(const std::string& text) {
  constexpr std::string_view kReserved = " \t\n\"'\\><~|&;$*?#()`%";
  if (text.find_first_of(kReserved) == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '`' || c == '$' || c == '\\') quoted += "\\\\";
    quoted += c == '%' ? std::string("%%") : std::string(1, c);
  }
  return quoted + "\"";
}

std::string desktop_text(const Installation& installation) {
  return "[Desktop Entry]\nType=Application\nName=Countersign\nComment=Opens payment links on your "
         "terminal\nExec=" +
         quoted_for_desktop(launcher_of(installation).string()) +
         " open %u\nTerminal=true\nNoDisplay=true\nMimeType=x-scheme-handler/countersign;\n";
}

Result<void> write_text(const fs::path& file, std::string_view text) {
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) return fail(ErrorCode::kUnavailable, file.parent_path().string() + ": " + error.message());
  return storage::write_file(file, as_bytes(text), storage::FileMode::kPublic);
}

Result<void> write_launcher(const Installation& installation) {
  const fs::path file = launcher_of(installation);
  TRY(write_text(file, launcher_text(installation)));
  std::error_code error;
  fs::permissions(file, fs::perms(0755), error);
  if (error) return fail(ErrorCode::kUnavailable, file.string() + ": " + error.message());
  return ok();
}

// Where the list is a link to a file elsewhere, that file is meant.
fs::path defaults_of(const Places& places) {
  std::error_code error;
  const fs::path meant = fs::canonical(places.defaults, error);
  return error ? places.defaults : meant;
}

Result<std::string> read_defaults(const Places& places) {
  const auto list = storage::read_file(defaults_of(places), kMaxDefaults);
  if (list) return std::string(as_text(list.value()));
  if (list.error().code == ErrorCode::kNotFound) return std::string();
  return fail(list.error());
}

Result<void> remove_file(const fs::path& file) {
  std::error_code error;
  fs::remove(file, error);
  if (error) return fail(ErrorCode::kUnavailable, file.string() + ": " + error.message());
  return ok();
}

// A list that held nothing else goes; one that is a link to a file elsewhere stays, empty.
Result<void> withdraw_default(const Places& places) {
  TRY(const auto defaults, read_defaults(places));
  const auto others = without_default(defaults, kLinks, kDesktopFile);
  if (others == defaults) return ok();
  std::error_code error;
  if (others.empty() && !fs::is_symlink(places.defaults, error)) return remove_file(places.defaults);
  return write_text(defaults_of(places), others);
}

// Whether the file says what install would write now.
bool is_current(const fs::path& file, std::string_view text) {
  const auto contents = storage::read_file(file, kMaxManifest);
  return contents && as_text(contents.value()) == text;
}

Part part_of(std::string name, const fs::path& file, std::string_view text, std::string_view command) {
  std::error_code error;
  if (!fs::exists(file, error)) {
    return {std::move(name), "missing: " + file.string(), "Run `" + std::string(command) + "`."};
  }
  if (!is_current(file, text)) {
    return {std::move(name), "of another installation: " + file.string(),
            "Run `" + std::string(command) + "` again."};
  }
  return {std::move(name), "in order", ""};
}

}  // namespace

std::string_view browser_name(Browser browser) {
  switch (browser) {
    case Browser::kChromium:
      return "chromium";
    case Browser::kChrome:
      return "chrome";
    case Browser::kFirefox:
      break;
  }
  return "firefox";
}

fs::path Places::manifest_folder(Browser browser) const {
  if (browser == Browser::kChromium) return chromium;
  return browser == Browser::kChrome ? chrome : firefox;
}

Places Places::of_user(const fs::path& home, const fs::path& config_home, const fs::path& data_home) {
  return {config_home / "chromium/NativeMessagingHosts",
          config_home / "google-chrome/NativeMessagingHosts",
          home / ".mozilla/native-messaging-hosts",
          data_home / "applications",
          config_home / "mimeapps.list",
          data_home / "countersign"};
}

Places Places::of_system() {
  return {"/etc/chromium/native-messaging-hosts",
          "/etc/opt/chrome/native-messaging-hosts",
          "/usr/lib/mozilla/native-messaging-hosts",
          "/usr/share/applications",
          "/etc/xdg/mimeapps.list",
          "/usr/lib/countersign"};
}

Result<void> install(const Installation& installation, const std::vector<Browser>& browsers) {
  if (!installation.config.empty()) {
    TRY(write_launcher(installation));
  }
  for (const Browser browser : browsers) {
    TRY(write_text(manifest_file(installation.places, browser), manifest_text(installation, browser)));
  }
  TRY(write_text(installation.places.applications / kDesktopFile, desktop_text(installation)));
  TRY(const auto defaults, read_defaults(installation.places));
  return write_text(defaults_of(installation.places), with_default(defaults, kLinks, kDesktopFile));
}

Result<void> uninstall(const Installation& installation, const std::vector<Browser>& browsers) {
  for (const Browser browser : browsers) {
    TRY(remove_file(manifest_file(installation.places, browser)));
  }
  // What the remaining browsers need stays.
  std::error_code error;
  const bool is_needed = std::any_of(std::begin(kBrowsers), std::end(kBrowsers), [&](Browser browser) {
    return fs::exists(manifest_file(installation.places, browser), error);
  });
  if (is_needed) return ok();
  TRY(withdraw_default(installation.places));
  TRY(remove_file(installation.places.applications / kDesktopFile));
  return remove_file(installation.places.data / kLauncher);
}

Result<bool> forget_terminals(const fs::path& folder) {
  bool was_there = false;
  for (const std::string_view file :
       {"pairings.db-wal", "pairings.db-shm", "pairings.db-journal", "pairings.db"}) {
    TRY(const bool is_gone, storage::destroy_file(folder / file));
    was_there = was_there || is_gone;
  }
  // A folder that holds anything else stays.
  std::error_code error;
  const bool is_gone = fs::remove(folder, error);
  if (is_gone && folder.parent_path().filename() == "countersign") fs::remove(folder.parent_path(), error);
  return was_there;
}

std::vector<Part> inspect_installation(const Installation& installation) {
  std::vector<Part> parts;
  std::error_code error;
  if (::access(launcher_of(installation).c_str(), X_OK) != 0) {
    parts.push_back({"program", "missing: " + launcher_of(installation).string(),
                     "Run `countersign-mediator install` again."});
  }
  for (const Browser browser : kBrowsers) {
    const std::string name(browser_name(browser));
    // A browser that was never used here has no folder, and needs nothing.
    const fs::path folder = installation.places.manifest_folder(browser);
    if (!fs::exists(folder.parent_path(), error)) {
      parts.push_back({name, "not used here", ""});
      continue;
    }
    parts.push_back(part_of(name, manifest_file(installation.places, browser),
                            manifest_text(installation, browser),
                            "countersign-mediator install --browser " + name));
  }
  Part links = part_of("countersign: links", installation.places.applications / kDesktopFile,
                       desktop_text(installation), "countersign-mediator install");
  const auto defaults = read_defaults(installation.places);
  if (links.remedy.empty() && !(defaults && is_default(defaults.value(), kLinks, kDesktopFile)))
    links = {links.name, "opened by another program, or by none: " + installation.places.defaults.string(),
             "Run `countersign-mediator install` again."};
  parts.push_back(std::move(links));
  return parts;
}

}  // namespace countersign::mediator
