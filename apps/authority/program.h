// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "authority/confirmation/confirmation_service.h"
#include "authority/enrolment/erasure.h"
#include "authority/enrolment/holder_requests.h"
#include "authority/interwork/peer_desk.h"
#include "authority/issuing/issuing_routes.h"
#include "authority/ldap/mirror.h"
#include "authority/log/log_reader.h"
#include "authority/maintenance/store_lock.h"
#include "authority/status/status_routes.h"
#include "config.h"
#include "http/metrics.h"
#include "http/server.h"
#include "network/kept_map.h"

namespace countersign::app {

// Store is what every subcommand works on: the database with what lies in it. It may be open in several
// processes.
struct Store {
  SystemClock clock;
  std::unique_ptr<storage::Database> database;
  std::unique_ptr<authority::Directory> directory;
  std::unique_ptr<authority::AuditLog> audit;
};
Result<std::unique_ptr<Store>> open_store(const AuthorityConfig& config);

// A folder of secrets by its purpose, below `storage.secrets`.
Result<storage::SecretFolder> open_secrets(const AuthorityConfig& config, std::string_view purpose);

// Which index is free after a loss of the store; see authority::IndexReservation.
std::filesystem::path reservation_file(const AuthorityConfig& config);

// What was suspended and revoked, for a store that is lost; see authority::StatusRecord.
std::filesystem::path status_record_file(const AuthorityConfig& config);

// The newest network map, in `network-map.json` beside the store. The clock outlives it.
Result<std::unique_ptr<network::KeptMap>> open_kept_map(const AuthorityConfig& config, const Clock& clock);
// The map in force, at each use, also one that another process has put there.
authority::CurrentMap current_map(network::KeptMap& map);
// The newest map, in force or not, in the same way.
authority::NewestMap newest_map(network::KeptMap& map);

// Authority is a store with the keys of its data centre and the means that need them.
struct Authority {
  explicit Authority(authority::AuthorityKeys loaded) : keys(std::move(loaded)) {}

  std::unique_ptr<Store> store;
  authority::AuthorityKeys keys;
  authority::PublicUrls urls;
  std::unique_ptr<authority::AuthorityContext> context;
  std::unique_ptr<mail::Outbox> outbox;
  std::unique_ptr<authority::OriginFetch> origins;
  std::unique_ptr<authority::MerchantApplications> applications;
  std::unique_ptr<authority::HolderStore> holders;
  std::unique_ptr<authority::Enrolments> enrolments;
  std::unique_ptr<authority::Erasure> erasure;
};
// kNotFound, kMalformed and the like name the file; a data centre that was not initialized says which command
// to run.
enum class ExpiredServices { kRefused, kTolerated };  // tolerated where they are about to be renewed
Result<std::unique_ptr<Authority>> open_authority(const AuthorityConfig& config,
                                                  ExpiredServices expired = ExpiredServices::kRefused);

// The key that signs the public log, under its origin. Nothing where none is kept: there is no key, and the
// configuration says nothing of a log. kNotFound where there is to be one, or the store has one, and its key
// is missing.
Result<std::optional<checkpoint::NoteSigner>> load_log_signer(const AuthorityConfig& config);
Result<std::optional<checkpoint::NoteSigner>> load_log_signer(const AuthorityConfig& config,
                                                              storage::Database& store);

// What of it is mirrored into LDAP.
authority::MirrorSource mirror_source(const Authority& authority);

// The revocation lists of every CA key that is at hand. The authority outlives it.
Result<authority::CrlPublisher> open_crl(const Authority& authority);

// The name under which an operator's acts are recorded: that of the account, also behind sudo.
std::string operator_name();

}  // namespace countersign::app
