// SPDX-License-Identifier: Apache-2.0
// log: the public log of the data centre, its key and its end.
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <iostream>

#include "authority/log/log_recovery.h"
#include "card/card.h"
#include "commands.h"
#include "documents/json.h"
#include "program.h"
#include "storage/passphrase.h"

namespace countersign::app {
namespace {

struct LogOptions {
  std::string origin;
  bool as_json = false;
};

// Where the log stands, in store and folder.
struct LogStatus {
  checkpoint::VerifierKey key;
  std::filesystem::path folder;
  authority::LogState state;
  std::uint64_t size = 0;
  merkle::Hash root{};
  std::int64_t next_index = 0;
  std::optional<std::uint64_t> published;
  std::optional<std::uint64_t> witnessed;
};

Result<std::optional<LogStatus>> look(const AuthorityConfig& config) {
  TRY(const std::unique_ptr<Store> store, open_store(config));
  TRY(const auto signer, load_log_signer(config, *store->database));
  if (!signer) return std::optional<LogStatus>();
  TRY(const auto log, authority::LogReader::open(*store->database));
  TRY(auto state, log.state());
  if (!state) return fail(ErrorCode::kNotFound, "log: it begins when the server starts for the first time");
  TRY(checkpoint::verify_checkpoint(state->newest.note, signer->verifier()));
  LogStatus status{signer->verifier(), config.log.folder, std::move(*state), 0, {}, 0, {}, {}};
  TRY(status.size, log.size());
  TRY(status.root, log.root_at(status.size));
  TRY(const auto confirmations, authority::ConfirmationStore::open(*store->database));
  TRY(store->database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto sequence, confirmations.sequence(reader));
    status.next_index = sequence.next_index;
    return ok();
  }));
  authority::DiskFolder folder(config.log.folder);
  TRY(const auto published, authority::read_published(folder, signer->verifier()));
  if (published) status.published = published->checkpoint.size;
  TRY(const auto witnessed, log.witnessed());
  if (witnessed) status.witnessed = witnessed->size;
  return std::optional(std::move(status));
}

boost::json::value size_or_null(const std::optional<std::uint64_t>& size) {
  if (!size) return nullptr;
  return *size;
}

void print_json(const LogStatus& status) {
  std::cout << documents::write_json(boost::json::object{
                   {"origin", status.state.origin},
                   {"key", status.key.text()},
                   {"size", status.size},
                   {"signed", status.state.newest.size},
                   {"root", base64_encode(status.root)},
                   {"time", format_time(status.state.time)},
                   {"nextIndex", status.next_index},
                   {"published", size_or_null(status.published)},
                   {"witnessed", size_or_null(status.witnessed)},
                   {"folder", status.folder.string()},
               })
            << "\n";
}

std::string size_text(const std::optional<std::uint64_t>& size) {
  return size ? fmt::format("{} entries", *size) : "nothing";
}

void print(const LogStatus& status) {
  std::cout << fmt::format(
      "origin         {}\nkey            {}\nsize           {} entries\n"
      "root           {}\npublished      {}, in {}\nwitnessed      {}\n",
      status.state.origin, status.key.text(), status.size, base64_encode(status.root),
      size_text(status.published), status.folder.string(), size_text(status.witnessed));
  const auto missing = status.next_index - static_cast<std::int64_t>(status.size);
  if (missing != 0) std::cout << fmt::format("to come        {} indices, when the server starts\n", missing);
}

Result<void> show_status(const std::string& config_file, const LogOptions& options) {
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const auto status, look(config));
  if (!status) {
    std::cout << (options.as_json ? "null\n"
                                  : "no public log is kept; `log create-key` makes the key of one\n");
  } else if (options.as_json) {
    print_json(*status);
  } else {
    print(*status);
  }
  return ok();
}

Result<void> create_key(const std::string& config_file) {
  TRY(const AuthorityConfig config, load_config(config_file));
  if (!authority::is_missing_key_file(config.keys.log))
    return fail(ErrorCode::kConflict, config.keys.log + ": there is a key already");
  TRY(const auto passphrase, storage::read_passphrase(config.keys.passphrase_file));
  TRY(authority::load_or_create_key(config.keys.log, passphrase, card::load_token_key,
                                    crypto::KeyKind::kEd25519));
  TRY(const auto signer, load_log_signer(config));
  std::cout << signer->verifier().text()
            << "\nRestart the server: it logs all confirmations of before, then goes on.\n";
  return ok();
}

// The log in the store of a server that is stopped, and stays so as long as this lives.
struct StoppedLog {
  authority::StoreLock lock;
  std::unique_ptr<Store> store;
  authority::LogStore log;
};

Result<StoppedLog> open_stopped(const std::string& config_file) {
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(auto lock, authority::StoreLock::take(config.store, authority::StoreLock::Kind::kExclusive));
  TRY(auto store, open_store(config));
  TRY(const auto log, authority::LogStore::open(*store->database));
  return StoppedLog{std::move(lock), std::move(store), log};
}

Result<void> end_log(const std::string& config_file, const LogOptions& options) {
  TRY(const StoppedLog stopped, open_stopped(config_file));
  const TimePoint now = stopped.store->clock.now();
  TRY(stopped.store->database->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto state, stopped.log.state(transaction));
    if (!state || state->origin != options.origin)
      return fail(ErrorCode::kNotFound, "log: the store does not keep " + options.origin);
    TRY(stopped.log.end(transaction, options.origin, now));
    const authority::AuditEntry entry{operator_name(), "log-end", state->origin,
                                      std::to_string(state->newest.size) + " entries"};
    return stopped.store->audit->append(transaction, {&entry, 1}, now);
  }));
  std::cout << options.origin
            << " is ended, and neither its origin nor its key ever signs again. Choose another log.origin, "
               "log.folder and log.key, then make the key with `log create-key`: when the server starts, it "
               "logs all confirmations there.\n";
  return ok();
}

// An operator's word that the clock is right, though the newest entry is of a later time.
Result<void> accept_clock(const std::string& config_file) {
  TRY(const StoppedLog stopped, open_stopped(config_file));
  const TimePoint now = stopped.store->clock.now();
  bool was_ahead = false;
  TRY(stopped.store->database->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto state, stopped.log.state(transaction));
    if (!state) return fail(ErrorCode::kNotFound, "log: the store keeps none");
    was_ahead = state->time > now;
    if (!was_ahead) return ok();
    TRY(stopped.log.set_time(transaction, now));
    const authority::AuditEntry entry{operator_name(), "log-accept-clock", state->origin,
                                      "newest entry of " + format_time(state->time)};
    return stopped.store->audit->append(transaction, {&entry, 1}, now);
  }));
  std::cout << (was_ahead ? "It is " + format_time(now) + ": the log goes on from here.\n"
                          : "The log is not ahead of the clock.\n");
  return ok();
}

}  // namespace

void add_log_commands(CLI::App& app, const std::string& config_file, Command& command) {
  auto options = std::make_shared<LogOptions>();
  CLI::App* group = app.add_subcommand("log", "The public log of this data centre");
  group->require_subcommand(1);
  group->fallthrough();
  add_leaf(*group, "status", "Show its key, and how far store and published files are", command,
           [options, &config_file] { return show_status(config_file, *options); })
      ->add_flag("--json", options->as_json, "For programs");
  add_leaf(*group, "create-key", "Make its key, for a data centre from before there were logs", command,
           [&config_file] { return create_key(config_file); });
  add_leaf(*group, "accept-clock",
           "Say that the clock is right, with the server stopped, where the log's newest entry is of later",
           command, [&config_file] { return accept_clock(config_file); });
  add_leaf(*group, "end", "End it for good, with the server stopped; another one takes another origin",
           command, [options, &config_file] { return end_log(config_file, *options); })
      ->add_option("--origin", options->origin, "Its origin, as a confirmation of what is meant")
      ->required();
}

}  // namespace countersign::app
