// SPDX-License-Identifier: Apache-2.0
// network status: what the authority that runs here knows of the other data centres.
#include "authority/interwork/network_status.h"

#include <fmt/format.h>

#include <iostream>

#include "commands.h"
#include "documents/json.h"
#include "http/client.h"
#include "storage/file.h"

namespace countersign::app {
namespace {

struct StatusOptions {
  std::string url;
  bool json = false;
};

// The port that it was given, where the configuration leaves it to the system.
Result<std::int64_t> port_of(const AuthorityConfig& config) {
  if (config.status.port != 0) return config.status.port;
  if (config.ports_file.empty())
    return fail(ErrorCode::kNotFound, "status.port is 0 and service.ports_file not set: say --url");
  TRY(const Bytes text, storage::read_file(config.ports_file, 4096));
  TRY(documents::ObjectReader ports, documents::ObjectReader::parse(text, config.ports_file.string()));
  return ports.integer("status", 1, 65535);
}

// Where the status listener of this machine is reached.
Result<std::string> url_of(const AuthorityConfig& config) {
  TRY(const std::int64_t port, port_of(config));
  std::string host = config.status.address;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return fmt::format("http://{}:{}", host, port);
}

Result<void> show_status(const std::string& config_file, const StatusOptions& options) {
  std::string url = options.url;
  if (url.empty()) {
    TRY(const AuthorityConfig config, load_config(config_file));
    TRY(url, url_of(config));
  }
  http::ClientOptions limits;
  limits.total_timeout = std::chrono::seconds(10);
  limits.max_response = 4 << 20;
  TRY(const std::unique_ptr<http::Client> client, http::Client::create(url, std::move(limits)));
  auto answer = client->get(authority::kNetworkStatusPath);
  if (!answer) return fail(answer.error(), "is the authority running? " + url);
  if (answer.value().status != 200) return fail(http::error_of(answer.value()), url);
  TRY(const std::string text, authority::write_network_status(answer.value().body));
  std::cout << (options.json ? std::string(as_text(answer.value().body)) + "\n" : text);
  return ok();
}

}  // namespace

void add_network_status_command(CLI::App& group, const std::string& config_file, Command& command) {
  const auto options = std::make_shared<StatusOptions>();
  CLI::App* status =
      add_leaf(group, "status", "Show how the other data centres are reached and followed", command,
               [options, &config_file] { return show_status(config_file, *options); });
  status->add_option("--url", options->url, "Of the authority's status listener, instead of the one here");
  status->add_flag("--json", options->json, "For programs");
}

}  // namespace countersign::app
