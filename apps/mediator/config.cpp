// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include <unistd.h>

#include <array>
#include <cstdlib>

#include "apps/bluetooth_use.h"
#include "apps/link_silence.h"
#include "apps/settings.h"
#include "base/config.h"

namespace countersign::app {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const char* variable, const fs::path& fallback) {
  const char* const value = std::getenv(variable);
  return value != nullptr && value[0] == '/' ? fs::path(value) : fallback;
}

std::string host_name() {
  std::array<char, 65> name{};
  return gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0' ? name.data() : "PC";
}

fs::path file_to_read(const std::string& named) {
  if (!named.empty()) return fs::absolute(named);
  std::error_code error;
  for (const fs::path& file :
       {config_home() / "countersign/mediator.toml", fs::path("/etc/countersign/mediator.toml")}) {
    if (fs::exists(file, error)) return file;
  }
  return {};
}

Result<void> read_link(Config& config, MediatorConfig& result) {
  TRY(result.name, config.text("link.name", host_name()));
  TRY(result.lan.group, config.text("link.group", result.lan.group));
  TRY(const std::int64_t port, config.integer("link.discovery_port", 1, 65535, link::kDiscoveryPort));
  result.lan.discovery_port = static_cast<std::uint16_t>(port);
  TRY(result.lan.interface_address, config.text("link.interface", ""));
  TRY(result.lan.addresses, config.texts("link.addresses", {}));
  TRY(result.use_bluetooth, read_bluetooth_use(config));
  TRY(result.bluetooth.bus_address, config.text("link.bus", ""));
  TRY(result.link, read_link_silence(config));
  return ok();
}

Result<MediatorConfig> read_all(Config& config) {
  MediatorConfig result;
  TRY(result.folder, config.file("mediator.folder", data_home() / "countersign/mediator"));
  TRY(result.network_root, config.file("network.root", {}));
  TRY(result.addresses, read_address_policy(config, "network.addresses", "any"));
  TRY(result.extensions.chromium, config.texts("extensions.chromium", result.extensions.chromium));
  TRY(result.extensions.firefox, config.texts("extensions.firefox", result.extensions.firefox));
  TRY(read_link(config, result));
  TRY(result.log_level, read_log_level(config, "warning"));
  TRY(config.finish());
  return result;
}

}  // namespace

fs::path home_folder() {
  return folder_of("HOME", "/");
}

fs::path config_home() {
  return folder_of("XDG_CONFIG_HOME", home_folder() / ".config");
}

fs::path data_home() {
  return folder_of("XDG_DATA_HOME", home_folder() / ".local/share");
}

Result<MediatorConfig> load_config(const std::string& named) {
  const fs::path file = file_to_read(named);
  auto config = file.empty() ? Config::parse("", "/") : Config::load(file);
  if (!config) return fail(config.error());
  Result<MediatorConfig> result = read_all(config.value());
  if (!result) return fail(result.error(), file.string());
  result.value().file = file;
  return result;
}

}  // namespace countersign::app
