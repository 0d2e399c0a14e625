// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include "apps/settings.h"

namespace countersign::app {

namespace {

constexpr std::int64_t kMostCounted = 1'000'000;

Result<void> read_rules(Config& file, CardCompanyConfig& config) {
  cardcompany::Rules& rules = config.rules;
  TRY(rules.payments_in_a_minute,
      file.integer("rules.payments_in_a_minute", 1, kMostCounted, rules.payments_in_a_minute));
  TRY(rules.wrong_in_a_minute,
      file.integer("rules.wrong_in_a_minute", 1, kMostCounted, rules.wrong_in_a_minute));
  TRY(rules.wrong_in_a_day, file.integer("rules.wrong_in_a_day", 1, kMostCounted, rules.wrong_in_a_day));
  TRY(rules.wrong_of_home_in_a_day,
      file.integer("rules.wrong_of_home_in_a_day", 1, kMostCounted, rules.wrong_of_home_in_a_day));
  if (rules.wrong_of_home_in_a_day <= rules.wrong_in_a_day)
    return fail(
        ErrorCode::kMalformed,
        "rules.wrong_of_home_in_a_day: more than wrong_in_a_day, or one guesser locks out all others");
  TRY(rules.wrong_of_home_in_a_minute,
      file.integer("rules.wrong_of_home_in_a_minute", 1, kMostCounted, rules.wrong_of_home_in_a_minute));
  TRY(rules.authorization_lasts, read_delay(file, "authorizations.last", rules.authorization_lasts));
  TRY(rules.capture_window, read_delay(file, "authorizations.capture_window", rules.capture_window));
  TRY(config.sweep, file.duration("authorizations.sweep", config.sweep));
  if (config.sweep < std::chrono::seconds(1))
    return fail(ErrorCode::kMalformed, "authorizations.sweep: at least a second");
  return ok();
}

}  // namespace

Result<CardCompanyConfig> load_config(const std::filesystem::path& path) {
  TRY(auto file, Config::load(path));
  CardCompanyConfig config;
  TRY(config.name, file.text("cardcompany.name"));
  TRY(config.address, file.text("service.address", "127.0.0.1"));
  TRY(const auto port, file.integer("service.port", 0, 65535));
  config.port = static_cast<unsigned short>(port);
  TRY(const auto threads, file.integer("service.worker_threads", 1, 256, 32));
  config.worker_threads = static_cast<int>(threads);
  TRY(config.root, file.file("network.root"));
  TRY(config.status_url, file.text("network.status_url"));
  TRY(config.service_url, file.text("network.service_url", ""));
  TRY(config.folder, file.file("storage.folder"));
  TRY(config.certificate, file.file("keys.certificate"));
  TRY(config.agreement_certificate, file.file("keys.agreement_certificate"));
  TRY(config.passphrase_file, file.file("keys.passphrase_file"));
  TRY(config.account_key, file.text("keys.account_key", ""));
  if (!config.account_key.empty() && !config.account_key.starts_with("pkcs11:"))
    return fail(ErrorCode::kMalformed, "keys.account_key: a pkcs11: URI, or nothing");
  TRY(read_rules(file, config));
  TRY(config.log_level, read_log_level(file, "info"));
  TRY(file.finish());
  return config;
}

}  // namespace countersign::app
