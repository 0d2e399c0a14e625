// SPDX-License-Identifier: Apache-2.0
// network: the operator's commands about the network map, from its signing key to its use here.
#include <iostream>

#include "authority/issuing/network_root.h"
#include "authority/network/map_plan.h"
#include "commands.h"
#include "program.h"
#include "storage/passphrase.h"
#include "x509/pkcs10.h"

namespace countersign::app {
namespace {

using authority::advise;

constexpr std::size_t kMostRequest = 8 << 10;

struct NetworkOptions {
  std::string root, root_passphrase, passphrase, out, certificate;
  std::string request;
  std::string plan, signer, previous, map, from;
  int valid_days = 30;
  bool installed = false, leave_out = false;
};

TimePoint now() {
  return SystemClock().now();
}

Result<void> write_public(const std::filesystem::path& file, BytesView content) {
  return storage::write_file(file, content, storage::FileMode::kPublic);
}

Result<x509::Issuer> load_root(const NetworkOptions& options) {
  TRY(const crypto::SecretBytes passphrase, storage::read_passphrase(options.root_passphrase));
  return authority::load_root(options.root, passphrase);
}

// Key first, certificates last: an interrupted run is repeated.
Result<void> make_map_key(const NetworkOptions& options) {
  const std::filesystem::path folder = options.out;
  if (std::filesystem::exists(folder / "map.pem"))
    return fail(ErrorCode::kConflict,
                folder.string() + ": there is a key for maps already; choose another --out");
  TRY(const x509::Issuer root, load_root(options));
  TRY(const crypto::SecretBytes passphrase, storage::read_passphrase(options.passphrase));
  TRY(storage::make_private_folder(folder));
  TRY(const crypto::PrivateKey key,
      authority::load_or_create_key((folder / "map.key").string(), passphrase, {}));
  TRY(const x509::Certificate signer,
      x509::create_map_signer(root, key.public_key(), now() - authority::kBackdating));
  TRY(write_public(folder / "root.pem", as_bytes(root.certificate.pem())));
  TRY(write_public(folder / "map.pem", as_bytes(signer.pem())));
  std::cout << signer.subject().text() << "\nuntil " << format_time(signer.not_after()) << "\nSHA-256 "
            << hex_encode(signer.fingerprint()) << "\nThe root can go offline again; maps are signed with "
            << folder.string() << ".\n";
  return ok();
}

Result<void> certify_next_root(const NetworkOptions& options) {
  TRY(const x509::Issuer root, load_root(options));
  TRY(const x509::Certificate next, authority::read_certificate(options.certificate));
  TRY(const x509::Certificate link, x509::certify_next_root(root, next, now() - authority::kBackdating));
  TRY(write_public(options.out, as_bytes(link.pem())));
  std::cout << "next root SHA-256 " << hex_encode(next.fingerprint()) << "\nlink in " << options.out << "\n";
  return ok();
}

// The key of a request in the place of the one that the root certified before. It may name what that one may,
// which is why the certificate must be the root's own word.
Result<crypto::PublicKey> requested_key(const NetworkOptions& options, const x509::Certificate& ca,
                                        const x509::Certificate& root) {
  TRY(x509::TrustAnchor::create(root, {ca}, now()));
  TRY(const Bytes der, storage::read_file(options.request, kMostRequest));
  TRY(const x509::Pkcs10 request, x509::verify_pkcs10(der));
  if (!(request.subject == ca.subject()))
    return fail(ErrorCode::kNameNotPermitted, "the request is for " + request.subject.text());
  if (request.key == ca.public_key())
    return fail(ErrorCode::kConflict, "the request is for the key that the CA has");
  return request.key;
}

// The same limits, for the same key (under the next root) or for that of a request.
Result<void> certify_ca(const NetworkOptions& options) {
  TRY(const x509::Issuer root, load_root(options));
  TRY(const x509::Certificate ca, authority::read_certificate(options.certificate));
  TRY(x509::permitted_subtree(ca));
  crypto::PublicKey key = ca.public_key();
  if (!options.request.empty()) {
    TRY(key, requested_key(options, ca, root.certificate));
  }
  TRY(const x509::Certificate certified,
      x509::create_data_centre_ca(root, *ca.extensions().name_limits, key, now() - authority::kBackdating));
  TRY(write_public(options.out, as_bytes(certified.pem())));
  std::cout << certified.subject().text() << "\nuntil " << format_time(certified.not_after()) << "\nin "
            << options.out << "\n";
  return ok();
}

// Under which a map that is given must verify: the root that is given with it, or the one of here.
Result<x509::Certificate> root_of_draft(const std::string& config_file, const NetworkOptions& options) {
  if (!options.root.empty()) return authority::read_certificate(options.root);
  TRY(const AuthorityConfig config, load_config(config_file));
  return authority::read_certificate(config.certificates / "root.pem");
}

// What there is to go on from: a map that is given, the one installed here, or this data centre alone.
Result<authority::MapPlan> plan_to_change(const std::string& config_file, const NetworkOptions& options) {
  if (!options.from.empty()) {
    TRY(const Bytes signed_map, storage::read_file(options.from, documents::kMaxSignedNetworkMap));
    TRY(const x509::Certificate root, root_of_draft(config_file, options));
    TRY(const documents::NetworkMap map, authority::read_map_of(signed_map, root));
    return authority::plan_of(map);
  }
  TRY(const AuthorityConfig config, load_config(config_file));
  const SystemClock clock;
  TRY(const std::unique_ptr<network::KeptMap> kept, open_kept_map(config, clock));
  if (const auto view = kept->newest()) return authority::plan_of(view->map);
  TRY(x509::Certificate ca, authority::read_certificate(config.certificates / "ca.pem"));
  authority::MapPlan plan;
  plan.data_centres.push_back(
      {config.limits.subtree, {std::move(ca)}, config.service.public_url, config.status.public_url, {}, {}});
  return plan;
}

Result<void> draft(const std::string& config_file, const NetworkOptions& options) {
  TRY(const authority::MapPlan plan, plan_to_change(config_file, options));
  TRY(const std::string text, authority::write_map_plan(plan, options.out));
  std::cout << text << "\n# in " << (std::filesystem::path(options.out) / "plan.toml").string() << "\n";
  return ok();
}

Result<documents::NetworkMap> planned_map(const NetworkOptions& options, const x509::Certificate& root) {
  TRY(authority::MapPlan plan, authority::read_map_plan(options.plan));
  std::optional<documents::NetworkMap> previous;
  if (!options.previous.empty()) {
    TRY(const Bytes before, storage::read_file(options.previous, documents::kMaxSignedNetworkMap));
    std::optional<x509::Certificate> root_before;
    if (!options.root.empty()) {
      TRY(root_before, authority::read_certificate(options.root));
    }
    TRY(previous, authority::read_previous_map(before, root, root_before));
  }
  const auto leaving_out =
      options.leave_out ? authority::LeavingOut::kIntended : authority::LeavingOut::kRefused;
  return authority::map_of_plan(std::move(plan), previous,
                                {root, now(), std::chrono::days(options.valid_days), leaving_out});
}

Result<void> sign(const NetworkOptions& options) {
  const std::filesystem::path folder = options.signer;
  TRY(const crypto::SecretBytes passphrase, storage::read_passphrase(options.passphrase));
  TRY(x509::Certificate certificate, authority::read_certificate(folder / "map.pem"));
  TRY(const x509::Certificate root, authority::read_certificate(folder / "root.pem"));
  TRY(crypto::PrivateKey key, authority::load_key((folder / "map.key").string(), passphrase, {}));
  TRY(const documents::NetworkMap map, planned_map(options, root));
  const x509::Signer signer{std::move(certificate), std::move(key), {}};
  Result<Bytes> signed_map = documents::sign_network_map(signer, map, now());
  if (!signed_map) return fail(advise(std::move(signed_map).error()));
  TRY(write_public(options.out, signed_map.value()));
  std::cout << authority::describe_map(map, now()) << "\nsigned in " << options.out << "\n";
  return ok();
}

Result<void> show_file(const NetworkOptions& options) {
  TRY(const Bytes signed_map, storage::read_file(options.map, documents::kMaxSignedNetworkMap));
  if (!options.root.empty()) {
    TRY(const x509::Certificate root, authority::read_certificate(options.root));
    TRY(const documents::VerifiedMap verified, documents::verify_network_map(signed_map, root, now()));
    std::cout << authority::describe_map(verified.map, now());
    return ok();
  }
  TRY(const x509::UnverifiedCms cms, x509::UnverifiedCms::parse(signed_map, documents::kMaxSignedNetworkMap));
  TRY(const documents::NetworkMap map, documents::parse_network_map(cms.unverified_content()));
  std::cout << "NOT VERIFIED: give --root root.pem\n" << authority::describe_map(map, now());
  return ok();
}

Result<void> show(const std::string& config_file, const NetworkOptions& options) {
  if (options.installed == !options.map.empty())
    return fail(ErrorCode::kMalformed, "network map show: a FILE, or --installed");
  if (!options.installed) return show_file(options);
  TRY(const AuthorityConfig config, load_config(config_file));
  const SystemClock clock;
  TRY(const std::unique_ptr<network::KeptMap> kept, open_kept_map(config, clock));
  const auto view = kept->newest();
  if (!view) return fail(kept->current().error());
  std::cout << authority::describe_map(view->map, now());
  if (view->map.expires <= now()) std::cout << "\nIt is over: sign and install a newer one.\n";
  return ok();
}

Result<void> install(const std::string& config_file, const NetworkOptions& options) {
  TRY(const AuthorityConfig config, load_config(config_file));
  const SystemClock clock;
  TRY(const Bytes signed_map, storage::read_file(options.map, documents::kMaxSignedNetworkMap));
  TRY(const std::unique_ptr<network::KeptMap> kept, open_kept_map(config, clock));
  TRY(const network::KeptMap::Taken taken, kept->take(signed_map));
  const std::string version = std::to_string(kept->newest()->map.version);
  if (taken == network::KeptMap::Taken::kSame)
    std::cout << "version " << version << " is installed already\n";
  else
    std::cout << "version " << version << " installed; a running authority takes it within seconds\n";
  return ok();
}

void add_root_options(CLI::App* leaf, const std::shared_ptr<NetworkOptions>& options) {
  leaf->add_option("--root", options->root, "Folder of the root")->required();
  leaf->add_option("--root-passphrase-file", options->root_passphrase,
                   "File whose first line opens the root's key")
      ->required();
}

void add_root_commands(CLI::App& group, const std::shared_ptr<NetworkOptions>& options, Command& command) {
  CLI::App* key = add_leaf(group, "map-key", "Have the root certify a new key that signs network maps",
                           command, [options] { return make_map_key(*options); });
  add_root_options(key, options);
  key->add_option("--passphrase-file", options->passphrase, "File whose first line encrypts the new key")
      ->required();
  key->add_option("--out", options->out, "Folder to make, for map.key, map.pem and root.pem")->required();

  CLI::App* next = add_leaf(group, "next-root", "Have the root vouch for the root that follows it", command,
                            [options] { return certify_next_root(*options); });
  add_root_options(next, options);
  next->add_option("--next", options->certificate, "root.pem of the root that follows")->required();
  next->add_option("--out", options->out, "File to write, for next_root_link of a plan")->required();

  CLI::App* ca =
      add_leaf(group, "certify-ca", "Have a root certify a data centre's CA once more, or its next key",
               command, [options] { return certify_ca(*options); });
  add_root_options(ca, options);
  ca->add_option("--ca", options->certificate, "ca.pem of the data centre")->required();
  ca->add_option("--request", options->request, "What `keys request-ca` wrote there: its next CA key");
  ca->add_option("--out", options->out, "File to write")->required();
}

void add_map_commands(CLI::App& group, const std::string& config_file,
                      const std::shared_ptr<NetworkOptions>& options, Command& command) {
  CLI::App* plan =
      add_leaf(group, "draft", "Write a plan to be changed: of the map in use here, to begin with", command,
               [options, &config_file] { return draft(config_file, *options); });
  plan->add_option("--from", options->from, "Of this signed map instead");
  plan->add_option("--root", options->root,
                   "root.pem under which that is verified; without it the one of here");
  plan->add_option("--out", options->out, "Folder for plan.toml and the certificates it names")->required();

  CLI::App* signing =
      add_leaf(group, "sign", "Make the next map of a plan", command, [options] { return sign(*options); });
  signing->add_option("--plan", options->plan, "plan.toml")->required();
  signing->add_option("--signer", options->signer, "Folder that map-key made")->required();
  signing->add_option("--passphrase-file", options->passphrase, "File whose first line opens its key")
      ->required();
  signing->add_option("--previous", options->previous, "The signed map that it follows; none for the first");
  signing->add_option("--root", options->root,
                      "root.pem of that map, where it is the root before the signer's");
  signing->add_option("--valid-days", options->valid_days, "Until it is over")->check(CLI::Range(1, 731));
  signing->add_flag(
      "--leave-out", options->leave_out,
      "Leave out data centres that were not retired, CA keys that have not ended, and log keys");
  signing->add_option("--out", options->out, "File to write")->required();

  CLI::App* showing = add_leaf(group, "show", "Show a map", command,
                               [options, &config_file] { return show(config_file, *options); });
  showing->add_option("file", options->map, "A signed map");
  showing->add_option("--root", options->root, "root.pem under which it is verified");
  showing->add_flag("--installed", options->installed, "The one in use here");

  CLI::App* installing = add_leaf(group, "install", "Use a map here from now on", command,
                                  [options, &config_file] { return install(config_file, *options); });
  installing->add_option("file", options->map, "A signed map")->required();
}

}  // namespace

void add_network_commands(CLI::App& app, const std::string& config_file, Command& command) {
  CLI::App* group =
      app.add_subcommand("network", "The network: its map, and how its data centres are reached");
  group->require_subcommand(1);
  group->fallthrough();
  const auto options = std::make_shared<NetworkOptions>();
  add_root_commands(*group, options, command);
  CLI::App* map = group->add_subcommand("map", "Plan, sign, show and install network maps");
  map->require_subcommand(1);
  map->fallthrough();
  add_map_commands(*map, config_file, options, command);
  add_network_status_command(*group, config_file, command);
}

}  // namespace countersign::app
