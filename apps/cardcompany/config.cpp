// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include "apps/settings.h"

namespace countersign::app {

Result<CardCompanyConfig> load_config(const std::filesystem::path& path) {
  TRY(auto file, Config::load(path));
  CardCompanyConfig config;
  TRY(config.name, file.text("cardcompany.name"));
  TRY(config.address, file.text("service.address", "127.0.0.1"));
  TRY(const auto port, file.integer("service.port", 0, 65535));
  config.port = static_cast<unsigned short>(port);
  TRY(const auto threads, file.integer("service.worker_threads", 1, 256, 4));
  config.worker_threads = static_cast<int>(threads);
  TRY(config.root, file.file("network.root"));
  TRY(config.status_url, file.text("network.status_url"));
  TRY(config.folder, file.file("storage.folder"));
  TRY(config.certificate, file.file("keys.certificate"));
  TRY(config.agreement_certificate, file.file("keys.agreement_certificate"));
  TRY(config.passphrase_file, file.file("keys.passphrase_file"));
  TRY(config.log_level, read_log_level(file, "info"));
  TRY(file.finish());
  return config;
}

}  // namespace countersign::app
