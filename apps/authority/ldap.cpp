// SPDX-License-Identifier: Apache-2.0
// ldap: what the directory server has of the directory, and bringing it there now.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "commands.h"
#include "program.h"

namespace countersign::app {
namespace {

constexpr int kProgressEvery = 50;  // steps of a hundred entries
constexpr int kMostCounted = 10'000;

Result<authority::LdapOptions> options_of(const AuthorityConfig& config) {
  if (!config.ldap)
    return fail(ErrorCode::kNotFound, "ldap.url: the configuration names no directory server");
  return *config.ldap;
}

// Of every CA key, the present one's first.
Result<std::vector<Bytes>> current_crls(const Authority& authority) {
  TRY(const authority::CrlPublisher publisher, open_crl(authority));
  return authority::lists_of(publisher);
}

// How far changes are published is the server's to say; this says only that all was compared.
Result<void> note_reconciled(const Store& store, const authority::MirrorCounts& counts) {
  TRY(const authority::PublicationStore publications, authority::PublicationStore::open(*store.database));
  return store.database->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto saved, publications.load(transaction));
    authority::Publication publication = saved.value_or(authority::Publication{});
    publication.reconciled = store.clock.now();
    publication.entries = counts.entries;
    publication.refused = counts.refused;
    return publications.save(transaction, publication);
  });
}

Result<void> reconcile(const std::string& config_file) {
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const authority::LdapOptions options, options_of(config));
  TRY(const std::unique_ptr<Authority> authority, open_authority(config, ExpiredServices::kTolerated));
  TRY(const std::vector<Bytes> crls, current_crls(*authority));
  TRY(const std::unique_ptr<authority::LdapServer> server, authority::LdapServer::connect(options.target));
  authority::Reconciliation reconciliation(mirror_source(*authority), *server);
  for (int steps = 1; !reconciliation.is_done(); ++steps) {
    TRY(reconciliation.step(crls));
    if (steps % kProgressEvery == 0)
      std::cout << fmt::format("… {} entries compared\n", reconciliation.counts().entries) << std::flush;
  }
  const authority::MirrorCounts& counts = reconciliation.counts();
  TRY(note_reconciled(*authority->store, counts));
  std::cout << fmt::format(
      "{} entries of certificates at {}: {} added, {} altered, {} removed; {} that the server does not "
      "take.\n",
      counts.entries, options.target.url, counts.added, counts.altered, counts.removed, counts.refused);
  return ok();
}

Result<void> print_publication(const Store& store) {
  TRY(const authority::PublicationStore publications, authority::PublicationStore::open(*store.database));
  return store.database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto saved, publications.load(reader));
    if (!saved) {
      std::cout << "nothing was published yet\n";
      return ok();
    }
    if (saved->reconciled)
      std::cout << fmt::format("all compared   {}: {} entries, {} not taken\n",
                               format_time(*saved->reconciled), saved->entries, saved->refused);
    TRY(const authority::Changes changes, publications.changes_after(reader, saved->position, kMostCounted));
    if (changes.serials.empty()) {
      std::cout << "changes        all published\n";
    } else {
      std::cout << fmt::format("changes        {}{} wait, the oldest of {}\n", changes.serials.size(),
                               changes.more ? " or more" : "", format_time(*changes.oldest));
    }
    return ok();
  });
}

Result<void> show_status(const std::string& config_file) {
  TRY(const AuthorityConfig config, load_config(config_file));
  TRY(const authority::LdapOptions options, options_of(config));
  TRY(const std::unique_ptr<Authority> authority, open_authority(config, ExpiredServices::kTolerated));
  std::cout << fmt::format("server         {}\n", options.target.url);
  TRY(print_publication(*authority->store));
  TRY(const std::unique_ptr<authority::LdapServer> server, authority::LdapServer::connect(options.target));
  TRY(const auto entry, server->read(authority->keys.data_centre.text(), {"*"}));
  if (!entry) return fail(ErrorCode::kNotFound, "ldap: the data centre has no entry there yet");
  TRY(const std::vector<Bytes> crls, current_crls(*authority));
  const auto lists = entry->values(authority::kRevocationList);
  const bool newest = std::is_permutation(lists.begin(), lists.end(), crls.begin(), crls.end());
  std::cout << "CRL            " << (newest ? "the newest" : "an older one; the next comes within crl_every")
            << "\n";
  return ok();
}

}  // namespace

void add_ldap_commands(CLI::App& app, const std::string& config_file, Command& command) {
  CLI::App* group = app.add_subcommand("ldap", "The LDAP server that this data centre is published to");
  group->require_subcommand(1);
  group->fallthrough();
  add_leaf(*group, "status", "Show how far it is, and ask it", command,
           [&config_file] { return show_status(config_file); });
  add_leaf(*group, "reconcile", "Compare every entry now and make it right", command,
           [&config_file] { return reconcile(config_file); });
}

}  // namespace countersign::app
