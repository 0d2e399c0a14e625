// SPDX-License-Identifier: Apache-2.0
#include "program.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "authority/issuing/service_certificates.h"
#include "card/card.h"
#include "documents/text_rules.h"
#include "storage/passphrase.h"

namespace countersign::app {
namespace {

constexpr std::size_t kIndexKeySize = 32;
constexpr std::size_t kPasswordBuffer = 4096;

std::string account_name() {
  passwd entry{};
  passwd* found = nullptr;
  char buffer[kPasswordBuffer];
  if (getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found) == 0 && found != nullptr)
    return found->pw_name;
  return std::to_string(geteuid());
}

// The keys of key files and those of mails lie in folders of their own: whoever gets at one does not have the
// other.
Result<void> open_enrolments(const AuthorityConfig& config, Authority& authority) {
  TRY(storage::SecretFolder holder_keys, open_secrets(config, "holders"));
  TRY(authority::HolderStore holders,
      authority::HolderStore::open(*authority.context, std::move(holder_keys)));
  authority.holders = std::make_unique<authority::HolderStore>(std::move(holders));
  TRY(storage::SecretFolder file_keys, open_secrets(config, "key-files"));
  authority::EnrolmentPolicy policy;
  policy.time_to_complete = config.time_to_claim;
  policy.sender = {config.applications.mail_from, config.applications.mail_from_name};
  TRY(authority.enrolments, authority::Enrolments::open({*authority.context, *authority.outbox,
                                                         *authority.holders, std::move(file_keys), policy}));
  authority.erasure = std::make_unique<authority::Erasure>(authority::Erasure::Parts{
      *authority.context, *authority.outbox, *authority.holders, *authority.enrolments, policy.retention});
  return ok();
}

// Now, or the last moment at which none of the service certificates had ended.
Result<TimePoint> last_valid_time(const AuthorityConfig& config, TimePoint now) {
  TimePoint last = now;
  for (const auto& kind : authority::service_kinds()) {
    const auto file = config.certificates / (std::string(kind.name) + ".pem");
    if (kind.may_be_missing && !std::filesystem::exists(file)) continue;
    TRY(const x509::Certificate certificate, authority::read_certificate(file));
    last = std::min(last, certificate.not_after());
  }
  return last;
}

// An older file than was seen already is told of, and not used.
void look_again(network::KeptMap& map) {
  if (const auto looked = map.look_again(); !looked) log_error("network_map", looked.error());
}

}  // namespace

std::string operator_name() {
  const char* before_sudo = std::getenv("SUDO_USER");
  return "operator:" +
         (before_sudo != nullptr && *before_sudo != '\0' ? std::string(before_sudo) : account_name());
}

Result<storage::SecretFolder> open_secrets(const AuthorityConfig& config, std::string_view purpose) {
  return storage::SecretFolder::open(config.secrets / purpose);
}

std::filesystem::path reservation_file(const AuthorityConfig& config) {
  return config.secrets / "next-index";
}

std::filesystem::path status_record_file(const AuthorityConfig& config) {
  return config.secrets / "status-changes";
}

Result<std::unique_ptr<network::KeptMap>> open_kept_map(const AuthorityConfig& config, const Clock& clock) {
  TRY(x509::Certificate root, authority::read_certificate(config.certificates / "root.pem"));
  return network::KeptMap::open(config.store.parent_path() / "network-map.json", std::move(root), clock);
}

authority::CurrentMap current_map(network::KeptMap& map) {
  return [&map] {
    look_again(map);
    return map.current();
  };
}

authority::NewestMap newest_map(network::KeptMap& map) {
  return [&map] {
    look_again(map);
    return map.newest();
  };
}

Result<std::optional<checkpoint::NoteSigner>> load_log_signer(const AuthorityConfig& config) {
  if (authority::is_missing_key_file(config.keys.log)) {
    if (!config.log.is_chosen) return std::optional<checkpoint::NoteSigner>();
    return fail(ErrorCode::kNotFound, config.keys.log +
                                          ": no key of the public log yet; make it with "
                                          "`countersign-authority log create-key`");
  }
  if (!documents::is_log_origin(config.log.origin))
    return fail(ErrorCode::kMalformed, "log.origin: \"" + config.log.origin +
                                           "\", from status.public_url, is none; choose one, like "
                                           "\"seoul-1.example/log\"");
  TRY(const auto passphrase, storage::read_passphrase(config.keys.passphrase_file));
  TRY(auto key, authority::load_key(config.keys.log, passphrase, card::load_token_key));
  auto signer =
      checkpoint::NoteSigner::create(config.log.origin, checkpoint::KeyType::kEd25519, std::move(key));
  if (!signer) return fail(signer.error(), config.keys.log);
  return std::optional(std::move(signer).value());
}

Result<std::optional<checkpoint::NoteSigner>> load_log_signer(const AuthorityConfig& config,
                                                              storage::Database& store) {
  TRY(auto signer, load_log_signer(config));
  if (signer) return signer;
  TRY(const auto reader, authority::LogReader::open(store));
  TRY(const auto state, reader.state());
  if (state)
    return fail(ErrorCode::kNotFound, config.keys.log + ": the store keeps the public log " + state->origin +
                                          ", and its key is missing");
  return signer;
}

authority::MirrorSource mirror_source(const Authority& authority) {
  const Store& store = *authority.store;
  return {*store.database, *store.directory, store.clock, authority.keys.data_centre,
          authority.keys.anchor->data_centre_cas()};
}

Result<authority::CrlPublisher> open_crl(const Authority& authority) {
  const Store& store = *authority.store;
  std::vector<x509::Issuer> earlier;
  for (const authority::EarlierCa& each : authority.keys.earlier)
    if (each.key) earlier.push_back({each.certificate, *each.key});
  return authority::CrlPublisher::open(authority.keys.ca, *store.database, *store.directory, store.clock,
                                       std::move(earlier));
}

Result<std::unique_ptr<Store>> open_store(const AuthorityConfig& config) {
  auto store = std::make_unique<Store>();
  TRY(store->database, storage::open_sqlite(config.store, authority::kStoreOptions));
  TRY(const storage::SecretFolder folder, open_secrets(config, "directory"));
  TRY(crypto::SecretBytes index_key, folder.load_or_create("index", kIndexKeySize));
  TRY(authority::Directory directory,
      authority::Directory::open(*store->database, std::move(index_key), status_record_file(config)));
  store->directory = std::make_unique<authority::Directory>(std::move(directory));
  TRY(const authority::AuditLog audit, authority::AuditLog::open(*store->database));
  store->audit = std::make_unique<authority::AuditLog>(audit);
  return store;
}

Result<std::unique_ptr<Authority>> open_authority(const AuthorityConfig& config, ExpiredServices expired) {
  if (!std::filesystem::exists(config.certificates / "ca.pem"))
    return fail(ErrorCode::kNotFound, (config.certificates / "ca.pem").string() +
                                          ": no data centre yet; run `countersign-authority init` first");
  TRY(std::unique_ptr<Store> store, open_store(config));
  TimePoint judged_at = store->clock.now();
  if (expired == ExpiredServices::kTolerated) {
    TRY(judged_at, last_valid_time(config, judged_at));
  }
  TRY(authority::AuthorityKeys keys,
      authority::load_authority_keys(config.keys, config.certificates, card::load_token_key, judged_at));
  auto result = std::make_unique<Authority>(std::move(keys));
  result->store = std::move(store);
  result->urls.set(config.service.public_url, config.status.public_url);
  result->context = std::make_unique<authority::AuthorityContext>(
      authority::AuthorityContext{*result->store->database, *result->store->directory, *result->store->audit,
                                  result->keys, result->urls, result->store->clock});
  TRY(storage::SecretFolder mails, open_secrets(config, "mail"));
  TRY(result->outbox, mail::Outbox::open(*result->store->database, std::move(mails),
                                         mail::make_smtp_transport(config.smtp), result->store->clock));
  result->origins = authority::make_origin_fetch(config.addresses);
  TRY(storage::SecretFolder contacts, open_secrets(config, "contacts"));
  TRY(storage::SecretFolder files, open_secrets(config, "merchant-key-files"));
  TRY(result->applications,
      authority::MerchantApplications::open({*result->context, *result->outbox, std::move(contacts),
                                             std::move(files), *result->origins, config.applications}));
  TRY(open_enrolments(config, *result));
  return result;
}

}  // namespace countersign::app
