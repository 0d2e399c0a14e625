// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <chrono>
#include <iostream>

#include "commands.h"
#include "documents/json.h"
#include "logbook/audit.h"
#include "logbook/http_log.h"
#include "logbook/repair.h"
#include "logbook/report.h"
#include "logbook/store_log.h"
#include "storage/file.h"

namespace countersign::app {
namespace {

constexpr int kFindings = kEvidenceRefused;

struct LogArguments {
  std::string place;  // URL or folder of a log
  std::string folder;
  std::string policy;
  std::string store;
  std::vector<std::string> old_checkpoints;
  bool json = false;
};

Result<std::optional<checkpoint::Policy>> load_policy(const std::string& file) {
  if (file.empty()) return std::nullopt;
  TRY(const Bytes text, storage::read_file(file, checkpoint::kMaxPolicySize));
  auto policy = checkpoint::Policy::parse(as_text(text));
  if (!policy) return fail(std::move(policy).error(), file);
  return std::optional(std::move(policy).value());
}

Result<std::unique_ptr<logbook::LogSource>> open_place(const std::string& place) {
  if (place.starts_with("https://") || place.starts_with("http://")) {
    TRY(auto log, logbook::HttpLog::open(place));
    return std::unique_ptr<logbook::LogSource>(std::move(log));
  }
  if (!std::filesystem::is_directory(place))
    return fail(ErrorCode::kNotFound, place + ": neither a URL nor a folder");
  return std::unique_ptr<logbook::LogSource>(std::make_unique<logbook::LogFolder>(place));
}

// ProgressLine shows on a terminal how far it is, a few times a second, and takes the line away in the end.
class ProgressLine {
 public:
  ~ProgressLine() {
    if (is_shown_) std::cerr << "\r\x1b[K";
  }
  logbook::Progress progress() {
    if (::isatty(STDERR_FILENO) == 0) return {};
    return [this](std::uint64_t done, std::uint64_t all) { show(done, all); };
  }

 private:
  void show(std::uint64_t done, std::uint64_t all) {
    const auto now = std::chrono::steady_clock::now();
    if (now - shown_ < std::chrono::milliseconds{200}) return;
    shown_ = now;
    is_shown_ = true;
    std::cerr << "\r" << done << " of " << all << " entries\x1b[K" << std::flush;
  }
  std::chrono::steady_clock::time_point shown_ = std::chrono::steady_clock::now();
  bool is_shown_ = false;
};

// What says something about the log, and not about this machine or the way there.
bool is_about_the_log(ErrorCode code) {
  return code == ErrorCode::kConflict || code == ErrorCode::kSignatureInvalid ||
         code == ErrorCode::kMalformed || code == ErrorCode::kTooLarge || code == ErrorCode::kUnsupported;
}

int refuse(const Error& error, bool json) {
  if (json)
    std::cout << documents::write_json(boost::json::object{{"type", "log-refusal"},
                                                           {"version", 1},
                                                           {"code", error_name(error.code)},
                                                           {"detail", error.detail}})
              << "\n";
  std::cerr << "countersign: " << error.detail << " (" << error_name(error.code) << ")\n";
  return kFindings;
}

// Opening would make one that is not there.
Result<std::unique_ptr<storage::Database>> open_store(const std::string& file) {
  if (file.empty()) return std::unique_ptr<storage::Database>();
  if (!std::filesystem::is_regular_file(file))
    return fail(ErrorCode::kNotFound, file + ": there is no store");
  auto store = storage::open_sqlite(file);
  if (!store) return fail(store.error(), file);
  return store;
}

Result<int> mirror(const LogArguments& arguments) {
  TRY(const auto policy, load_policy(arguments.policy));
  TRY(const auto log, open_place(arguments.place));
  logbook::LogFolder folder(arguments.folder);
  ProgressLine line;
  auto mirrored = logbook::mirror_log(*log, folder, *policy, line.progress());
  if (!mirrored && is_about_the_log(mirrored.error().code)) return refuse(mirrored.error(), arguments.json);
  TRY(const logbook::MirrorReport report, std::move(mirrored));
  std::cout << (arguments.json ? logbook::write_mirror_json(report) + "\n"
                               : logbook::write_mirror_text(report));
  return 0;
}

Result<int> audit(const LogArguments& arguments) {
  TRY(const auto policy, load_policy(arguments.policy));
  ProgressLine line;
  logbook::AuditOptions options;
  options.progress = line.progress();
  if (policy) options.policy = &*policy;
  for (const std::string& file : arguments.old_checkpoints) {
    TRY(const Bytes note, storage::read_file(file, checkpoint::kMaxNoteSize));
    options.old_checkpoints.push_back({file, to_text(note)});
  }
  TRY(const auto store, open_store(arguments.store));
  options.store = store.get();
  logbook::LogFolder folder(arguments.folder);
  auto audited = logbook::audit_log(folder, options);
  if (!audited && audited.error().code == ErrorCode::kTooLarge)
    return refuse(audited.error(), arguments.json);
  TRY(const logbook::AuditReport report, std::move(audited));
  std::cout << (arguments.json ? logbook::write_audit_json(report) + "\n"
                               : logbook::write_audit_text(report));
  return report.is_clean() ? 0 : kFindings;
}

Result<int> repair(const LogArguments& arguments) {
  TRY(const auto policy, load_policy(arguments.policy));
  if (!std::filesystem::is_directory(arguments.folder))
    return fail(ErrorCode::kNotFound, arguments.folder + ": no folder");
  ProgressLine line;
  logbook::RepairOptions options;
  options.progress = line.progress();
  if (policy) options.policy = &*policy;
  std::unique_ptr<logbook::LogSource> from;
  if (!arguments.place.empty()) {
    TRY(from, open_place(arguments.place));
    options.from = from.get();
  }
  TRY(const auto store, open_store(arguments.store));
  options.store = store.get();
  if (store && !from) {
    from = std::make_unique<logbook::StoreLog>(*store);
    options.from = from.get();
  }
  logbook::LogFolder folder(arguments.folder);
  auto repaired = logbook::repair_log(folder, options);
  if (!repaired && is_about_the_log(repaired.error().code)) return refuse(repaired.error(), arguments.json);
  TRY(const logbook::RepairReport report, std::move(repaired));
  std::cout << (arguments.json ? logbook::write_repair_json(report) + "\n"
                               : logbook::write_repair_text(report));
  return report.is_whole() ? 0 : kFindings;
}

// Adds what is common; the outermost catch is here: a store may hold what no authority ever writes.
void add(CLI::App& leaf, const std::shared_ptr<LogArguments>& arguments, Command& command,
         Result<int> (*work)(const LogArguments&)) {
  leaf.add_flag("--json", arguments->json, "Print a report for programs");
  leaf.callback([arguments, &command, work] {
    command = [arguments, work]() -> Result<int> {
      try {
        return work(*arguments);
      } catch (const std::exception& error) {
        return fail(ErrorCode::kInternal, error.what());
      }
    };
  });
}

}  // namespace

void add_log_commands(CLI::App& app, Command& command) {
  CLI::App* log =
      app.add_subcommand("log", "Copy, check and mend public logs of confirmations (c2sp.org/tlog-tiles)");
  log->require_subcommand(1);
  const std::string policy_help = "Which logs and witnesses you trust (c2sp.org/tlog-policy)";

  const auto mirroring = std::make_shared<LogArguments>();
  CLI::App* leaf =
      log->add_subcommand("mirror", "Bring a folder up to the newest checkpoint of a log, or make it");
  leaf->add_option("log", mirroring->place, "URL of the log, or a folder that holds it")->required();
  leaf->add_option("folder", mirroring->folder, "The folder")->required();
  leaf->add_option("--policy", mirroring->policy, policy_help)->required();
  add(*leaf, mirroring, command, mirror);

  const auto auditing = std::make_shared<LogArguments>();
  leaf = log->add_subcommand(
      "audit", "Recompute a log from its entries and name each file that is not as it was signed");
  leaf->add_option("folder", auditing->folder, "The log's folder")->required();
  leaf->add_option("--policy", auditing->policy, policy_help + "; without it no signature is verified");
  leaf->add_option("--store", auditing->store,
                   "authority.db of the log's authority, or a backup: compared entry by entry");
  leaf->add_option(
          "--old-checkpoint", auditing->old_checkpoints,
          "A checkpoint of before, kept elsewhere: the log must be its continuation; may be repeated")
      ->allow_extra_args(false);
  add(*leaf, auditing, command, audit);

  const auto repairing = std::make_shared<LogArguments>();
  leaf = log->add_subcommand("repair",
                             "Write anew what is missing or wrong, as far as it leads to the signed root");
  leaf->add_option("folder", repairing->folder, "The log's folder")->required();
  leaf->add_option("--from", repairing->place, "The same log in another place: a folder or a URL");
  leaf->add_option(
      "--store", repairing->store,
      "authority.db of the log's authority: without --from the other place, and mended as well, out of "
      "the folder");
  leaf->add_option("--policy", repairing->policy,
                   policy_help + "; needed where the folder's own checkpoint is missing or spoilt");
  add(*leaf, repairing, command, repair);
}

}  // namespace countersign::app
