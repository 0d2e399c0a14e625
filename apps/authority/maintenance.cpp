// SPDX-License-Identifier: Apache-2.0
// audit, backup, restore, rebuild-status-record and crl: what an operator does to the store as a whole.
#include <fmt/format.h>

#include <iostream>

#include "authority/maintenance/backup.h"
#include "authority/maintenance/rebuild.h"
#include "commands.h"
#include "program.h"
#include "storage/secret_folder.h"

namespace countersign::app {
namespace {

struct MaintenanceOptions {
  std::string out, from, log;
  std::int64_t after = 0;
  std::int64_t first_index = -1;
  bool accept_lost_revocations = false;
  bool begin_another_log = false;
  bool store_is_newest = false;
  int limit = 200;
};

Result<void> list_audit(const std::string& config_file, const MaintenanceOptions& options) {
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const std::unique_ptr<Store> store, open_store(config));
  return store->database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const std::vector<authority::AuditRecord> page,
        store->audit->page(reader, options.after, options.limit));
    for (const authority::AuditRecord& record : page)
      std::cout << fmt::format("{:>8}  {}  {:<24} {:<10} {}  {}\n", record.number, format_time(record.time),
                               record.entry.actor, record.entry.act, record.entry.object,
                               record.entry.detail);
    return ok();
  });
}

Result<void> verify_audit(const std::string& config_file) {
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const std::unique_ptr<Store> store, open_store(config));
  return store->database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const std::int64_t records, store->audit->verify(reader));
    std::cout << fmt::format("{} records, each fits the one before.\n", records);
    if (records == 0) return ok();
    TRY(const std::vector<authority::AuditRecord> last, store->audit->page(reader, records - 1, 1));
    std::cout << "hash of the last one: " << hex_encode(last.front().hash) << "\n";
    return ok();
  });
}

Result<void> backup(const std::string& config_file, const MaintenanceOptions& options) {
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const std::unique_ptr<Store> store, open_store(config));
  TRY(authority::backup_store(*store->database, *store->audit,
                              {options.out, status_record_file(config), operator_name()},
                              store->clock.now()));
  std::cout << "Backup in " << options.out << "; read back and found whole.\n";
  return ok();
}

Result<void> restore(const std::string& config_file, const MaintenanceOptions& options) {
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const authority::StoreLock lock,
      authority::StoreLock::take(config.store, authority::StoreLock::Kind::kExclusive));
  authority::RestoreRequest request{.backup = options.from,
                                    .store = config.store,
                                    .reservation_file = reservation_file(config),
                                    .status_record = status_record_file(config),
                                    .first_index = {},
                                    .actor = operator_name()};
  if (options.first_index >= 0) request.first_index = options.first_index;
  if (options.accept_lost_revocations) request.lost_revocations = authority::LostRevocations::kAccept;
  TRY(const auto log, load_log_signer(config));
  if (log)
    request.log = {
        options.log.empty() ? config.log.folder : std::filesystem::path(options.log), log->verifier(),
        options.begin_another_log ? authority::PublishedLog::Use::kEnd : authority::PublishedLog::Use::kGoOn};
  TRY(const authority::RestoreReport report, authority::restore_store(request, SystemClock().now()));
  std::cout << fmt::format(
      "Restored; {} audit records verified. The backup ended before index {}, confirmations go on with {}: "
      "what lies between stays unused.\n{} suspension(s) and revocation(s) made since the backup were "
      "entered "
      "again.\nOrders made before {} are refused, unless the backup has their confirmation: they may be "
      "confirmed "
      "already.\n",
      report.audit_records, report.backup_next_index, report.next_index, report.statuses,
      format_time(report.orders_from));
  if (log && options.begin_another_log) {
    std::cout
        << "The public log " << log->verifier().name
        << " is ended, and its key with it: choose another log.origin, log.folder and log.key, and make the "
           "key with `log create-key`, before you serve.\n";
  } else if (log) {
    std::cout << fmt::format("{} entries of the public log were taken from what was published.\n",
                             report.log_entries);
  }
  if (options.accept_lost_revocations)
    std::cout
        << "Where the record of suspensions and revocations was lost, certificates suspended or revoked "
           "since the backup are GOOD AGAIN: do it again from your own records before you serve.\n";
  return ok();
}

Result<void> rebuild_status_record(const std::string& config_file, const MaintenanceOptions& options) {
  if (!options.store_is_newest) {
    return fail(
        ErrorCode::kMalformed,
        "only the newest store knows all suspensions and revocations: say --store-is-newest if it is, or "
        "take an older copy into use with restore");
  }
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const authority::StoreLock lock,
      authority::StoreLock::take(config.store, authority::StoreLock::Kind::kExclusive));
  TRY(const std::int64_t lines, authority::rebuild_status_record(config.store, status_record_file(config),
                                                                 operator_name(), SystemClock().now()));
  std::cout << fmt::format("{} suspension(s) and revocation(s) written to {}.\n", lines,
                           status_record_file(config).string());
  return ok();
}

Result<void> write_crl(const std::string& config_file, const MaintenanceOptions& options) {
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const std::unique_ptr<Authority> authority, open_authority(config));
  TRY(const authority::CrlPublisher publisher, open_crl(*authority));
  TRY(const authority::Crl crl, publisher.current());
  TRY(storage::write_file(options.out, crl.der, storage::FileMode::kPublic));
  std::cout << fmt::format("CRL number {}, of {} until {}, in {}\n", crl.number, format_time(crl.this_update),
                           format_time(crl.next_update), options.out);
  return ok();
}

}  // namespace

void add_maintenance_commands(CLI::App& app, const std::string& config_file, Command& command) {
  auto options = std::make_shared<MaintenanceOptions>();
  CLI::App* audit = app.add_subcommand("audit", "The log of every act, chained by hashes");
  audit->require_subcommand(1);
  audit->fallthrough();
  add_leaf(*audit, "verify", "Recompute the whole chain", command,
           [&config_file] { return verify_audit(config_file); });
  CLI::App* listing = add_leaf(*audit, "list", "Show records, oldest first", command,
                               [options, &config_file] { return list_audit(config_file, *options); });
  listing->add_option("--after", options->after, "Go on behind this number");
  listing->add_option("--limit", options->limit, "At most so many")->check(CLI::Range(1, 10'000));

  add_leaf(app, "backup", "Write a consistent copy of the store while the authority works", command,
           [options, &config_file] { return backup(config_file, *options); })
      ->add_option("--out", options->out, "File to make")
      ->required();
  CLI::App* restoring =
      add_leaf(app, "restore", "Put a backup in the store's place; no index is ever given out again", command,
               [options, &config_file] { return restore(config_file, *options); });
  restoring->add_option("--from", options->from, "The backup")->required();
  restoring->add_option(
      "--first-index", options->first_index,
      "Where the reservation beside the secrets is lost too: an index above every one ever confirmed");
  restoring->add_flag("--accept-lost-revocations", options->accept_lost_revocations,
                      "Where the record of suspensions and revocations beside the secrets is lost too: serve "
                      "although what was suspended or revoked since the backup is good again");
  restoring->add_option(
      "--log", options->log,
      "Where the published files of the public log are lost too: a folder with a mirror of them");
  restoring->add_flag("--begin-another-log", options->begin_another_log,
                      "Where there is no mirror either: end the public log, for another one to begin");
  add_leaf(app, "rebuild-status-record",
           "Write the lost record of suspensions and revocations anew from a whole store", command,
           [options, &config_file] { return rebuild_status_record(config_file, *options); })
      ->add_flag("--store-is-newest", options->store_is_newest,
                 "This store is no older copy: nothing was suspended or revoked that it does not know");
  add_leaf(app, "crl", "Write the current CRL (DER) to a file", command,
           [options, &config_file] { return write_crl(config_file, *options); })
      ->add_option("--out", options->out, "File")
      ->required();
}

}  // namespace countersign::app
