// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include <algorithm>

#include "apps/settings.h"
#include "base/amount.h"
#include "base/config.h"
#include "base/mail_address.h"
#include "documents/text_rules.h"

namespace countersign::app {
namespace {

Result<ListenerConfig> read_listener(Config& config, const std::string& section) {
  ListenerConfig listener;
  TRY(listener.address, config.text(section + ".address", "127.0.0.1"));
  TRY(const std::int64_t port, config.integer(section + ".port", 0, 65535));
  listener.port = static_cast<unsigned short>(port);
  TRY(listener.public_url, config.text(section + ".public_url"));
  TRY(const std::int64_t most, config.integer(section + ".max_connections_per_address", 1, 1024, 128));
  listener.max_connections_per_address = static_cast<std::size_t>(most);
  return listener;
}

Result<void> read_names(Config& config, AuthorityConfig& result) {
  TRY(result.limits.dns, config.texts("data_centre.permit_dns", {}));
  TRY(result.limits.email, config.texts("data_centre.permit_email", {}));
  TRY(result.limits.ip, config.texts("data_centre.permit_ip", {}));
  TRY(result.tls_names.dns, config.texts("data_centre.host_names", {}));
  TRY(result.tls_names.ip, config.texts("data_centre.host_addresses", {}));
  TRY(result.certificates, config.file("data_centre.certificates"));
  return ok();
}

// A key's place is a path, taken from the file's folder, or a PKCS#11 URI as it stands.
Result<std::string> read_key_place(Config& config, const std::string& setting) {
  TRY(std::string text, config.text(setting));
  if (text.starts_with("pkcs11:")) return text;
  TRY(const std::filesystem::path path, config.file(setting));
  return path.string();
}

// There are configurations of before this key: it then lies beside the confirmation key, or, where that is in
// a token, nowhere.
Result<std::string> read_time_stamp_place(Config& config, const std::string& confirmation) {
  TRY(const std::string text, config.text("keys.time_stamp", ""));
  if (!text.empty()) return read_key_place(config, "keys.time_stamp");
  if (confirmation.starts_with("pkcs11:")) return std::string();
  return (std::filesystem::path(confirmation).parent_path() / "time-stamp.key").string();
}

Result<void> read_keys(Config& config, authority::KeyPlaces& keys) {
  TRY(keys.passphrase_file, config.file("keys.passphrase_file"));
  TRY(keys.ca, read_key_place(config, "keys.ca"));
  TRY(keys.ocsp, read_key_place(config, "keys.ocsp"));
  TRY(keys.confirmation, read_key_place(config, "keys.confirmation"));
  TRY(keys.tls, read_key_place(config, "keys.tls"));
  TRY(keys.time_stamp, read_time_stamp_place(config, keys.confirmation));
  return ok();
}

Result<void> read_mail(Config& config, AuthorityConfig& result) {
  TRY(result.smtp.host, config.text("mail.host"));
  TRY(const std::int64_t port, config.integer("mail.port", 1, 65535, 587));
  result.smtp.port = static_cast<unsigned short>(port);
  TRY(result.smtp.user, config.text("mail.user", ""));
  TRY(result.smtp.password_file, config.file("mail.password_file", {}));
  TRY(result.smtp.ca_file, config.file("mail.ca_file", {}));
  TRY(result.applications.mail_from, config.text("mail.from"));
  TRY(result.applications.mail_from_name, config.text("mail.from_name", "Countersign"));
  if (!is_mail_address(result.applications.mail_from))
    return fail(ErrorCode::kMalformed, "mail.from: not a mail address");
  return ok();
}

Result<void> read_policy(Config& config, AuthorityConfig& result) {
  using authority::ApprovalPolicy;
  TRY(result.applications.approval,
      config.choice<ApprovalPolicy>(
          "policy.approve_merchants", "operator",
          {{"operator", ApprovalPolicy::kOperator}, {"automatic", ApprovalPolicy::kAutomatic}}));
  TRY(result.addresses, read_address_policy(config, "policy.addresses", "public"));
  result.applications.permit_challenge_port = result.addresses == http::AddressPolicy::kLoopbackOnly;
  TRY(result.time_to_claim, read_delay(config, "policy.time_to_claim", std::chrono::hours(72)));
  TRY(result.applications.time_to_fetch,
      read_delay(config, "policy.time_to_fetch_key", std::chrono::hours(7 * 24)));
  TRY(const std::int64_t per_hour, config.integer("policy.applications_per_hour", 1, 1'000'000, 500));
  result.applications.per_hour = static_cast<int>(per_hour);
  TRY(result.renewals.proof_lasts,
      read_delay(config, "policy.proof_of_origins_lasts", std::chrono::hours(365 * 24)));
  TRY(const auto reuse, config.duration("policy.ocsp_reuse", std::chrono::seconds(60)));
  result.ocsp_reuse = std::chrono::floor<std::chrono::seconds>(reuse);
  return ok();
}

// "KRW 50000", "EUR 20" or "EUR 20.00": in minor units. With as many decimals as the currency has, or none.
Result<Amount> read_amount(const std::string& text) {
  const auto malformed = [&] {
    return fail(ErrorCode::kMalformed,
                "network.degraded_below: \"" + text + "\" is no amount like \"KRW 50000\" or \"EUR 20.00\"");
  };
  constexpr std::size_t kMostDigits = 15;
  const std::string currency = text.substr(0, 3);
  if (!is_currency_code(currency) || text.size() < 5 || text[3] != ' ') return malformed();
  const std::size_t point = text.find('.');
  const std::string whole = text.substr(4, point == std::string::npos ? point : point - 4);
  std::string part = point == std::string::npos ? "" : text.substr(point + 1);
  const auto digits = static_cast<std::size_t>(minor_unit_digits(currency));
  if (point != std::string::npos && (part.empty() || part.size() != digits)) return malformed();
  part.resize(digits, '0');
  const std::string all = whole + part;
  const bool is_number = std::ranges::all_of(all, [](char c) { return '0' <= c && c <= '9'; });
  if (whole.empty() || !is_number || all.size() > kMostDigits) return malformed();
  return Amount{std::stoll(all), currency};
}

// Without amounts nothing is confirmed of whose home cannot be reached.
Result<void> read_network(Config& config, authority::DegradedPolicy& degraded) {
  TRY(const std::vector<std::string> amounts, config.texts("network.degraded_below", {}));
  for (const std::string& text : amounts) {
    TRY(const Amount amount, read_amount(text));
    if (!degraded.below.emplace(amount.currency, amount.minor_units).second)
      return fail(ErrorCode::kMalformed, "network.degraded_below: " + amount.currency + " twice");
  }
  TRY(degraded.max_age, config.duration("network.degraded_max_age", degraded.max_age));
  if (degraded.max_age < std::chrono::seconds(1) || degraded.max_age > std::chrono::hours(24))
    return fail(ErrorCode::kMalformed, "network.degraded_max_age: between 1s and 24h");
  return ok();
}

Result<void> read_time_stamps(Config& config, authority::TimeStampOptions& options) {
  TRY(const auto accuracy, config.duration("time_stamps.accuracy", options.accuracy));
  options.accuracy = std::chrono::floor<Seconds>(accuracy);
  if (options.accuracy != accuracy || accuracy < Seconds(1) || accuracy > Seconds(60))
    return fail(ErrorCode::kMalformed, "time_stamps.accuracy: whole seconds, 1s to 60s");
  TRY(const std::int64_t of_address,
      config.integer("time_stamps.per_minute_of_address", 1, 1'000'000, options.per_minute_of_address));
  options.per_minute_of_address = static_cast<int>(of_address);
  TRY(const std::int64_t of_all, config.integer("time_stamps.per_minute", 1, 1'000'000, options.per_minute));
  options.per_minute = static_cast<int>(of_all);
  return ok();
}

// Without a URL there is no such server, and none of the other settings may stand there.
Result<void> read_ldap(Config& config, std::optional<authority::LdapOptions>& result) {
  authority::LdapOptions ldap;
  TRY(ldap.target.url, config.text("ldap.url", ""));
  if (ldap.target.url.empty()) return ok();
  TRY(ldap.target.bind_name, config.text("ldap.bind_name"));
  if (ldap.target.bind_name.empty()) return fail(ErrorCode::kMalformed, "ldap.bind_name: is empty");
  TRY(ldap.target.password_file, config.file("ldap.password_file"));
  TRY(ldap.target.ca_file, config.file("ldap.ca_file", {}));
  TRY(ldap.target.start_tls, config.boolean("ldap.start_tls", false));
  TRY(ldap.target.timeout, read_limit(config, "ldap.timeout", ldap.target.timeout));
  TRY(ldap.crl_every, read_limit(config, "ldap.crl_every", ldap.crl_every));
  TRY(ldap.reconcile_every, read_delay(config, "ldap.reconcile_every",
                                       std::chrono::floor<std::chrono::seconds>(ldap.reconcile_every)));
  TRY(ldap.target.check());
  result = std::move(ldap);
  return ok();
}

std::string without_scheme(const std::string& url) {
  const std::size_t scheme = url.find("://");
  return scheme == std::string::npos ? url : url.substr(scheme + 3);
}

// A key beside the others, unless it has a place of its own.
Result<void> read_key_beside(Config& config, const std::string& setting, const std::string& name,
                             AuthorityConfig& result, std::string& place) {
  TRY(const std::string text, config.text(setting, ""));
  place = (result.keys.passphrase_file.parent_path() / name).string();
  if (text.empty()) return ok();
  TRY(place, read_key_place(config, setting));
  return ok();
}

// The witnesses of the log, besides those that the network map names.
Result<void> read_witnesses(Config& config, LogConfig& log) {
  using authority::WhenAway;
  using WhenSilent = authority::StartCheck::WhenSilent;
  TRY(const auto listed, config.texts("log.witnesses", {}));
  for (const std::string& text : listed) {
    auto witness = authority::parse_witness(text);
    if (!witness) return fail(witness.error(), "log.witnesses");
    log.witnesses.push_back(std::move(witness).value());
  }
  constexpr auto kMost = static_cast<std::int64_t>(authority::kMostWitnesses);
  TRY(const std::int64_t needed, config.integer("log.witnesses_needed", 0, kMost, 0));
  log.witnessing.needed = static_cast<std::size_t>(needed);
  TRY(log.witnessing.when_away,
      config.choice<WhenAway>("log.when_witnesses_are_away", "pending",
                              {{"pending", WhenAway::kPending}, {"stop", WhenAway::kStop}}));
  TRY(log.witnessing.within, config.duration("log.witness_within", log.witnessing.within));
  if (log.witnessing.within < std::chrono::seconds(1) || log.witnessing.within > std::chrono::hours(24))
    return fail(ErrorCode::kMalformed, "log.witness_within: between 1s and 24h");
  TRY(log.when_silent_at_start,
      config.choice<WhenSilent>("log.start_without_witnesses", needed > 0 ? "wait" : "confirm",
                                {{"wait", WhenSilent::kWait}, {"confirm", WhenSilent::kConfirm}}));
  return ok();
}

Result<void> read_witness(Config& config, AuthorityConfig& result) {
  WitnessConfig& witness = result.witness;
  TRY(witness.name, config.text("witness.name", ""));
  TRY(witness.store, config.file("witness.store", {}));
  TRY(witness.logs, config.texts("witness.logs", {}));
  TRY(const std::string key, config.text("witness.key", ""));
  witness.is_chosen =
      !witness.name.empty() || !witness.store.empty() || !witness.logs.empty() || !key.empty();
  if (witness.name.empty()) witness.name = without_scheme(result.service.public_url) + "/witness";
  if (witness.store.empty()) witness.store = result.store.parent_path() / "witness.db";
  return read_key_beside(config, "witness.key", "witness.key", result, result.keys.witness);
}

// The origin is where the log is served, without the scheme; the key lies beside the others.
Result<void> read_log(Config& config, AuthorityConfig& result) {
  LogConfig& log = result.log;
  TRY(log.origin, config.text("log.origin", ""));
  TRY(const std::string key, config.text("log.key", ""));
  TRY(log.folder, config.file("log.folder", {}));
  log.is_chosen = !log.origin.empty() || !key.empty() || !log.folder.empty();
  if (!log.origin.empty() && !documents::is_log_origin(log.origin))
    return fail(ErrorCode::kMalformed, "log.origin: no host and path like \"seoul-1.example/log\"");
  if (log.origin.empty()) log.origin = without_scheme(result.status.public_url) + "/log";
  if (log.folder.empty()) log.folder = result.store.parent_path() / "log";
  TRY(read_key_beside(config, "log.key", "log.key", result, result.keys.log));
  return read_witnesses(config, log);
}

Result<AuthorityConfig> read_all(Config& config) {
  TRY(const std::string name, config.text("data_centre.name"));
  TRY(x509::Name subtree, x509::Name::from_text(name));
  AuthorityConfig result(std::move(subtree));
  TRY(read_names(config, result));
  TRY(read_keys(config, result.keys));
  TRY(result.service, read_listener(config, "service"));
  TRY(result.status, read_listener(config, "status"));
  TRY(const std::int64_t threads, config.integer("service.io_threads", 1, 64, 1));
  result.io_threads = static_cast<int>(threads);
  TRY(result.ports_file, config.file("service.ports_file", {}));
  TRY(result.store, config.file("storage.file"));
  TRY(result.secrets, config.file("storage.secrets"));
  TRY(read_mail(config, result));
  TRY(read_policy(config, result));
  TRY(read_network(config, result.degraded));
  TRY(read_time_stamps(config, result.time_stamps));
  TRY(read_ldap(config, result.ldap));
  TRY(read_log(config, result));
  TRY(read_witness(config, result));
  TRY(result.log_level, read_log_level(config, "info"));
  TRY(config.finish());
  return result;
}

}  // namespace

Result<AuthorityConfig> load_config(const std::filesystem::path& file) {
  TRY(Config config, Config::load(file));
  Result<AuthorityConfig> result = read_all(config);
  if (!result) return fail(result.error(), file.string());
  return result;
}

}  // namespace countersign::app
