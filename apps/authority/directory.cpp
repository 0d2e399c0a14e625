// SPDX-License-Identifier: Apache-2.0
// directory: whose subscriber a name is, which way a question about it goes, and what is answered.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <future>
#include <iostream>

#include "authority/interwork/foreign_parties.h"
#include "authority/issuing/describe_entry.h"
#include "commands.h"
#include "documents/json.h"
#include "program.h"

namespace countersign::app {
namespace {

using Status = Result<std::shared_ptr<const authority::ForeignStatus>>;

struct FindOptions {
  std::string name;
  std::vector<std::string> certificates;
};

Result<void> show_own(const Authority& authority, const x509::Name& subscriber) {
  std::cout << "home   here, " << authority.keys.data_centre.text() << "\n";
  return authority.store->database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto entries, authority.store->directory->find_by_subject(reader, subscriber));
    if (entries.empty())
      return fail(ErrorCode::kNotFound,
                  "no certificate was issued here under this name; `certificates "
                  "search` finds by other things than the exact name");
    for (const authority::DirectoryEntry& entry : entries)
      std::cout << documents::write_json(authority::describe_entry(entry)) << "\n";
    return ok();
  });
}

std::string_view status_text(const x509::CertificateStatus& status) {
  if (status.kind == x509::StatusKind::kGood) return "good";
  if (status.kind == x509::StatusKind::kUnknown) return "never issued";
  return status.reason == x509::RevocationReason::kCertificateHold ? "on hold" : "revoked";
}

double milliseconds(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

// One question, and the time of each hop: that of the home as the relay says.
Result<void> ask(const authority::ForeignParties& foreign, const x509::Certificate& certificate) {
  TRY(const auto party, foreign.recognise(certificate));
  const auto began = std::chrono::steady_clock::now();
  std::promise<Status> answered;
  foreign.ask_status(party, [&answered](Status status) { answered.set_value(std::move(status)); });
  const Status status = answered.get_future().get();
  const double took = milliseconds(std::chrono::steady_clock::now() - began);
  const std::string serial = certificate.serial().hex();
  if (!status) {
    std::cout << fmt::format("certificate {}: no status, after {:.1f} ms\n", serial, took);
    return fail(status.error());
  }
  const authority::ForeignStatus& said = *status.value();
  std::cout << fmt::format("certificate {}: {}, as of {}\n", serial, status_text(said.answer.status),
                           format_time(said.answer.this_update));
  std::cout << fmt::format("  1  {:8.1f} ms  {}\n", took, party->route.asked->name.text());
  if (said.at_home)
    std::cout << fmt::format("  2  {:8.1f} ms  of these {}, as the relay says\n", milliseconds(*said.at_home),
                             party->route.home->name.text());
  return ok();
}

Result<void> ask_about_files(const Authority& authority, network::KeptMap& map, const x509::Name& subscriber,
                             const std::vector<std::string>& files) {
  authority::Peers peers(authority.keys.tls, authority.store->clock, nullptr);
  const authority::ForeignParties foreign(
      {authority.keys.data_centre, current_map(map), newest_map(map), peers, authority.store->clock});
  Result<void> outcome = ok();
  for (const std::string& file : files) {
    TRY(const x509::Certificate certificate, authority::read_certificate(file));
    Result<void> asked = ok();
    if (certificate.subject() == subscriber) {
      asked = ask(foreign, certificate);
    } else {
      asked = fail(ErrorCode::kConflict, "is of " + certificate.subject().text());
    }
    if (!asked && outcome) outcome = fail(asked.error(), file);
  }
  return outcome;
}

Result<void> find(const std::string& config_file, const FindOptions& options) {
  TRY(const x509::Name subscriber, x509::Name::from_text(options.name));
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const std::unique_ptr<Authority> authority, open_authority(config));
  TRY(const auto map, open_kept_map(config, authority->store->clock));
  const auto view = current_map(*map)();
  const x509::Name& own = authority->keys.data_centre;
  const bool is_mapped_here = view && view.value()->home_of(subscriber).has_value() &&
                              view.value()->home_of(subscriber).value()->name == own;
  if (is_mapped_here || (!view && subscriber.is_below(own))) return show_own(*authority, subscriber);
  if (!view) return fail(view.error(), "no way to another data centre without a network map in force");
  TRY(const authority::Route route, authority::find_route(*view.value(), own, subscriber));
  std::cout << authority::describe_route(route, own, subscriber)
            << fmt::format("map    version {}, until {}\n", view.value()->map.version,
                           format_time(view.value()->map.expires));
  if (route.home->retired) std::cout << "retired " << format_time(*route.home->retired) << "\n";
  return ask_about_files(*authority, *map, subscriber, options.certificates);
}

}  // namespace

void add_directory_commands(CLI::App& app, const std::string& config_file, Command& command) {
  CLI::App* group = app.add_subcommand("directory", "Names of the network, and the way to their homes");
  group->require_subcommand(1);
  group->fallthrough();
  auto options = std::make_shared<FindOptions>();
  CLI::App* finding = add_leaf(*group, "find", "Show the way that a question about a name goes, and ask",
                               command, [options, &config_file] { return find(config_file, *options); });
  finding->add_option("name", options->name, "Name of a subscriber (RFC 4514)")->required();
  finding->add_option(
      "--certificate", options->certificates,
      "A certificate of it in PEM: ask its home for the status, and show the time of each hop");
}

}  // namespace countersign::app
