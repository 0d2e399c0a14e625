// SPDX-License-Identifier: Apache-2.0
#include "bench/authority_process.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "authority/confirmation/confirmation_store.h"
#include "authority/directory/directory.h"
#include "bench/measures.h"
#include "crypto/random.h"
#include "documents/json.h"
#include "storage/secret_folder.h"

namespace countersign::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kConfig = R"(
[data_centre]
name = "OU=seoul-1,OU=kr,O=Countersign Demo"
certificates = "certificates"
permit_dns = ["localhost"]
permit_ip = ["127.0.0.0/8"]
host_addresses = ["127.0.0.1"]
[keys]
passphrase_file = "keys/passphrase"
ca = "keys/ca.key"
ocsp = "keys/ocsp.key"
confirmation = "keys/confirmation.key"
tls = "keys/tls.key"
[service]
port = 0
public_url = "https://127.0.0.1:7443"
ports_file = "ports.json"
[status]
port = 0
public_url = "http://127.0.0.1:7080"
[storage]
file = "authority.db"
secrets = "secrets"
[mail]
host = "127.0.0.1"
from = "authority@localhost"
[policy]
addresses = "loopback"
[log]
level = "warning"
)";

void run(const fs::path& program, const std::vector<std::string>& arguments) {
  int status = 0;
  ::waitpid(start_program(program, arguments), &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error(program.string() + " failed");
}

void write_text(const fs::path& file, std::string_view text) {
  take(storage::write_file(file, as_bytes(text), storage::FileMode::kPrivate));
}

// Answers the folder.
const fs::path& initialize(const fs::path& program, const fs::path& folder) {
  const fs::path passphrase = folder / "keys/passphrase";
  const fs::path config = folder / "authority.toml";
  fs::create_directories(folder / "keys");
  write_text(passphrase, crypto::random_token() + "\n");
  write_text(config, kConfig);
  run(program, {"init-root", "--out", folder / "root", "--network", "Countersign Demo", "--passphrase-file",
                passphrase});
  run(program, {"--config", config, "init", "--root", folder / "root", "--root-passphrase-file", passphrase});
  return folder;
}

authority::AuthorityKeys load_keys(const fs::path& folder) {
  const fs::path keys = folder / "keys";
  authority::KeyPlaces places{keys / "passphrase", keys / "ca.key", keys / "ocsp.key",
                              keys / "confirmation.key", keys / "tls.key"};
  places.time_stamp = keys / "time-stamp.key";
  const auto no_token = [](std::string_view) -> Result<crypto::PrivateKey> {
    return fail(ErrorCode::kUnsupported, "no token here");
  };
  return take(authority::load_authority_keys(places, folder / "certificates", no_token, SystemClock().now()));
}

}  // namespace

pid_t start_program(const fs::path& program, const std::vector<std::string>& arguments) {
  std::vector<std::string> all{program.string()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& each : all) pointers.push_back(each.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO,
                                     STDOUT_FILENO);  // our output is one JSON object
  pid_t process = 0;
  const int error = ::posix_spawn(&process, program.c_str(), &actions, nullptr, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error(program.string() + " cannot be started");
  return process;
}

Site::Site(fs::path given_folder) : folder(std::move(given_folder)), keys(load_keys(folder)) {}

Installation::Installation(fs::path given_program, const fs::path& given_folder, Log log)
    : Site(initialize(given_program, given_folder)), program(std::move(given_program)) {
  // One without the key is a data centre from before there were logs.
  if (log == Log::kNone) fs::remove(folder / "keys/log.key");
}

std::string origin_at(std::string_view address) {
  return "https://" + std::string(address) + ":8443";
}

x509::Signer issue(const authority::AuthorityKeys& keys, x509::Role role, const std::string& name,
                   std::string_view address) {
  const bool merchant = role == x509::Role::kMerchant;
  const std::string below =
      std::string(merchant ? ",OU=merchants," : ",OU=purchasers,") + keys.data_centre.text();
  auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  x509::CertificateOrder order{
      .role = role,
      .subject = take(x509::Name::from_text((merchant ? "CN=" : "UID=") + name + below)),
      .key = key.public_key(),
      .alternative_names = {},
      .key_origin = x509::KeyOrigin::kHolder,
      .registered_by = merchant ? "" : "CN=Shop 0,OU=merchants," + keys.data_centre.text(),
      .ocsp_url = "http://127.0.0.1:7080/ocsp",
      .crl_url = "http://127.0.0.1:7080/crl.crl",
      .not_before = SystemClock().now(),
      .lifetime = {}};
  if (merchant) order.alternative_names = {{}, {std::string(address)}, {origin_at(address)}};
  auto certificate = take(x509::issue_certificate(keys.ca, order));
  return {std::move(certificate), std::move(key), {keys.ca.certificate}};
}

Parties::Parties(const Site& site, int merchant_count, int purchaser_count, std::string_view address) {
  for (int i = 0; i < merchant_count; ++i) {
    merchants.push_back(issue(site.keys, x509::Role::kMerchant, "Shop " + std::to_string(i), address));
  }
  for (int i = 0; i < purchaser_count; ++i) {
    purchasers.push_back(issue(site.keys, x509::Role::kPurchaser, std::to_string(10'000 + i)));
  }
  const auto database = take(storage::open_sqlite(site.store(), authority::kStoreOptions));
  const auto directory = take(authority::Directory::open(*database, crypto::random_secret(32)));
  take(database->write([&](storage::Transaction& transaction) -> Result<void> {
    for (const auto* group : {&merchants, &purchasers}) {
      for (const x509::Signer& each : *group) {
        TRY(directory.add(transaction, each.certificate, {authority::CertificateState::kActive, {}, {}},
                          SystemClock().now()));
      }
    }
    return ok();
  }));
}

AuthorityProcess::AuthorityProcess(const Installation& installation) {
  const fs::path ports_file = installation.folder / "ports.json";
  fs::remove(ports_file);
  const auto began = std::chrono::steady_clock::now();
  process_ = start_program(installation.program, {"--config", installation.config(), "serve"});
  while (!fs::exists(ports_file)) {
    if (::waitpid(process_, nullptr, WNOHANG) != 0) throw std::runtime_error("the authority did not come up");
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  start_up_ = std::chrono::steady_clock::now() - began;
  start_up_work_ = processor_time(process_);
  auto ports = take(documents::ObjectReader::parse(take(storage::read_file(ports_file, 4096)), "ports"));
  service_port_ = static_cast<unsigned short>(take(ports.integer("service", 1, 65535)));
  status_port_ = static_cast<unsigned short>(take(ports.integer("status", 1, 65535)));
}

AuthorityProcess::~AuthorityProcess() {
  ::kill(process_, SIGTERM);
  ::waitpid(process_, nullptr, 0);
}

}  // namespace countersign::bench
