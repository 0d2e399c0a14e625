// SPDX-License-Identifier: Apache-2.0
// witness: this data centre as a witness of the logs of others.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <iostream>

#include "commands.h"
#include "documents/json.h"
#include "storage/secret_folder.h"
#include "witnessing.h"

namespace countersign::app {
namespace {

using authority::CheckpointConflict;

struct WitnessOptions {
  bool anew = false;
  bool as_json = false;
};

// Of a command, beside the server that works.
struct Witness {
  std::optional<checkpoint::NoteSigner> key;
  std::unique_ptr<storage::Database> database;
  authority::WitnessStore store;
};
Result<Witness> open(const std::string& config_file) {
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(auto key, load_witness_signer(config));
  TRY(auto database, open_witness_database(config));
  TRY(auto store, authority::WitnessStore::open(*database));
  return Witness{std::move(key), std::move(database), store};
}

Result<void> create_key(const std::string& config_file, const WitnessOptions& options) {
  TRY(const AuthorityConfig config, load_config(config_file));
  const bool is_there = !authority::is_missing_key_file(config.keys.witness);
  if (is_there && !options.anew)
    return fail(ErrorCode::kConflict,
                config.keys.witness + ": there is a key already; --anew puts another in its place");
  if (is_there) {
    TRY(storage::destroy_file(config.keys.witness));
  }
  TRY(const auto key, create_witness_key(config));
  std::cout << key.text() << "\nRestart the server, and have the network map name this key.\n";
  return ok();
}

Result<void> show_status(const std::string& config_file, const WitnessOptions& options) {
  TRY(const Witness witness, open(config_file));
  TRY(const auto logs, witness.store.all());
  const std::string key = witness.key ? witness.key->verifier().text() : "";
  if (!options.as_json) {
    std::cout << (key.empty() ? "no witness; `witness create-key` makes its key\n"
                              : fmt::format("key            {}\n", key));
    for (const authority::WitnessedLog& log : logs)
      std::cout << fmt::format("{}  {} entries, cosigned at {}\n", log.checkpoint.origin, log.checkpoint.size,
                               format_time(log.time));
    return ok();
  }
  boost::json::array listed;
  for (const authority::WitnessedLog& log : logs)
    listed.push_back(boost::json::object{{"origin", log.checkpoint.origin},
                                         {"size", log.checkpoint.size},
                                         {"root", base64_encode(log.checkpoint.root)},
                                         {"time", format_time(log.time)}});
  std::cout << documents::write_json(boost::json::object{{"key", key}, {"logs", std::move(listed)}}) << "\n";
  return ok();
}

std::string_view kind_name(CheckpointConflict kind) {
  return kind == CheckpointConflict::kFork ? "fork" : "unproven";
}

Result<void> show_evidence(const std::string& config_file, const WitnessOptions& options) {
  TRY(const Witness witness, open(config_file));
  TRY(const auto conflicts, witness.store.conflicts());
  for (const authority::WitnessConflict& each : conflicts) {
    if (options.as_json) {
      std::cout << documents::write_json(boost::json::object{{"kind", kind_name(each.kind)},
                                                             {"origin", each.offered.origin},
                                                             {"size", each.offered.size},
                                                             {"time", format_time(each.time)},
                                                             {"offered", each.note},
                                                             {"cosigned", each.newest}})
                << "\n";
    } else {
      std::cout << fmt::format(
          "{} of {}, size {}, came at {}\n\nwhat was offered:\n\n{}\nwhat was cosigned:\n\n{}\n",
          kind_name(each.kind), each.offered.origin, each.offered.size, format_time(each.time), each.note,
          each.newest);
    }
  }
  if (conflicts.empty() && !options.as_json) std::cout << "no evidence against any log\n";
  return ok();
}

}  // namespace

void add_witness_commands(CLI::App& app, const std::string& config_file, Command& command) {
  auto options = std::make_shared<WitnessOptions>();
  CLI::App* group = app.add_subcommand("witness", "This data centre as a witness of the logs of others");
  group->require_subcommand(1);
  group->fallthrough();
  add_leaf(*group, "status", "Show its key, and what it cosigned last of each log", command,
           [options, &config_file] { return show_status(config_file, *options); })
      ->add_flag("--json", options->as_json, "For programs");
  add_leaf(*group, "evidence", "Show what logs signed against what they had signed", command,
           [options, &config_file] { return show_evidence(config_file, *options); })
      ->add_flag("--json", options->as_json, "An object a line, for programs");
  add_leaf(*group, "create-key", "Make its key, for a data centre from before there were witnesses", command,
           [options, &config_file] { return create_key(config_file, *options); })
      ->add_flag("--anew", options->anew,
                 "Another key in place of the one whose memory is lost; the old one is destroyed");
}

}  // namespace countersign::app
