// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include "apps/bluetooth_use.h"
#include "apps/link_silence.h"
#include "apps/settings.h"
#include "base/config.h"

namespace countersign::app {
namespace {

constexpr const char* kSoftModule = "/usr/lib/softhsm/libsofthsm2.so";

Result<void> read_card(Config& config, WalletConfig& result) {
  TRY(result.token_folder, config.file("card.token_folder", {}));
  result.card.token_folder = result.token_folder.string();
  TRY(result.card.module_path, config.text("card.module", kSoftModule));
  TRY(result.card.token_label,
      config.text("card.label", result.token_folder.empty() ? "" : "Countersign wallet"));
  TRY(const std::filesystem::path certificates, config.file("card.certificates_folder", {}));
  result.card.certificates_folder = certificates.string();
  TRY(const std::int64_t tries, config.integer("card.tries", 1, 9, 5));
  result.card.max_tries = static_cast<int>(tries);
  result.card.tries_file = (result.folder / "pin-tries").string();
  using documents::OrderProfile;
  TRY(result.weakest_profile, config.choice<OrderProfile>("card.weakest_profile", "session",
                                                          {{"direct", OrderProfile::kDirect},
                                                           {"plain", OrderProfile::kPlain},
                                                           {"session", OrderProfile::kSession},
                                                           {"set", OrderProfile::kSet}}));
  return ok();
}

// Off unless there is an address to listen on, or Bluetooth is demanded.
Result<void> read_link(Config& config, WalletConfig& result) {
  TRY(const std::string address, config.text("link.address", ""));
  wallet::LinkOptions link;
  link::LanListenOptions lan;
  lan.address = address;
  TRY(link.name, config.text("link.name", "Countersign wallet"));
  TRY(const std::int64_t port, config.integer("link.port", 0, 65535, 0));
  TRY(const std::int64_t discovery_port,
      config.integer("link.discovery_port", 0, 65535, link::kDiscoveryPort));
  TRY(lan.group, config.text("link.discovery_group", std::string(link::kDiscoveryGroup)));
  lan.port = static_cast<std::uint16_t>(port);
  lan.discovery_port = static_cast<std::uint16_t>(discovery_port);
  TRY(link.use_bluetooth, read_bluetooth_use(config));
  TRY(link.bluetooth.bus_address, config.text("link.bus", ""));
  TRY(link.connection, read_link_silence(config));
  if (!address.empty()) link.lan = std::move(lan);
  if (link.lan || link.use_bluetooth == link::BluetoothUse::kAlways) result.link = std::move(link);
  return ok();
}

Result<WalletConfig> read_all(Config& config) {
  WalletConfig result;
  TRY(result.folder, config.file("wallet.folder"));
  TRY(result.web, config.file("wallet.web", COUNTERSIGN_WEB_FOLDER "/wallet"));
  TRY(result.addresses, read_address_policy(config, "wallet.addresses", "any"));
  TRY(result.limits.gateway, read_limit(config, "limits.gateway_answer", result.limits.gateway));
  TRY(result.limits.authority, read_limit(config, "limits.authority_answer", result.limits.authority));
  TRY(read_card(config, result));
  TRY(const std::int64_t port, config.integer("screen.port", 0, 65535, 0));
  result.screen_port = static_cast<unsigned short>(port);
  TRY(read_link(config, result));
  TRY(config.finish());
  return result;
}

}  // namespace

Result<WalletConfig> load_config(const std::filesystem::path& file) {
  TRY(Config config, Config::load(file));
  Result<WalletConfig> result = read_all(config);
  if (!result) return fail(result.error(), file.string());
  return result;
}

}  // namespace countersign::app
