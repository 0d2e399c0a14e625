// SPDX-License-Identifier: Apache-2.0
#include "http/client.h"

#include <mutex>

#include "http/target.h"
#include "http/transfer.h"

namespace countersign::http {
namespace {

constexpr std::size_t kMaxPool = 16;  // connections kept between requests

bool is_method(std::string_view method) {
  return !method.empty() && method.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos;
}

// What goes over the wire as it is: visible ASCII from "/" on, without a fragment.
Result<void> check_target(std::string_view target) {
  if (target.empty() || target.front() != '/') return fail(ErrorCode::kMalformed, "request: path");
  for (const char c : target) {
    if (c <= 0x20 || c >= 0x7f || c == '#') return fail(ErrorCode::kMalformed, "request: path to be encoded");
  }
  return ok();
}

Result<void> check_base(const Url& url, const ClientOptions& options) {
  if (url.path.size() > 1) return fail(ErrorCode::kMalformed, "base URL: has a path");
  if (options.carry && url.scheme != "https")
    return fail(ErrorCode::kMalformed, "base URL: carrying needs https");
  if (!options.peer) return ok();
  if (!options.peer->anchor) return fail(ErrorCode::kMalformed, "peer check: no trust anchor");
  if (url.scheme != "https") return fail(ErrorCode::kMalformed, "base URL: peer check needs https");
  return ok();
}

std::string target_of(const Request& request) {
  std::string target = encode_path(request.path);
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    target += separator + encode_component(name) + "=" + encode_component(value);
    separator = '&';
  }
  return target;
}

}  // namespace

// Transfers are lent to one thread each; what is not lent waits in the pool with its connection open.
struct Client::State {
  State(Url base, ClientOptions given) : url(std::move(base)), options(std::move(given)) {}

  Result<std::unique_ptr<Transfer>> borrow() {
    {
      const std::lock_guard lock(mutex);
      if (!pool.empty()) {
        auto transfer = std::move(pool.back());
        pool.pop_back();
        return transfer;
      }
    }
    return Transfer::create(options, url);
  }

  void give_back(std::unique_ptr<Transfer> transfer) {
    const std::lock_guard lock(mutex);
    if (pool.size() < kMaxPool) pool.push_back(std::move(transfer));
  }

  void note_exporter(crypto::SecretBytes made) {
    const std::lock_guard lock(mutex);
    exporter = std::move(made);
  }

  Result<crypto::SecretBytes> newest_exporter() {
    const std::lock_guard lock(mutex);
    if (exporter.empty()) return fail(ErrorCode::kNotFound, "no TLS connection to export from");
    return exporter.clone();
  }

  Result<Response> perform(const Outgoing& request) {
    if (!is_method(request.method)) return fail(ErrorCode::kMalformed, "request: method");
    TRY(check_target(request.target));
    TRY(auto transfer, borrow());
    Result<Response> response = transfer->perform(request);
    note_exporter(transfer->tls_exporter());
    give_back(std::move(transfer));
    return response;
  }

  const Url url;
  const ClientOptions options;
  std::mutex mutex;  // guards what follows, for the length of one access
  std::vector<std::unique_ptr<Transfer>> pool;
  crypto::SecretBytes exporter;  // of the newest request's connection
};

Result<std::unique_ptr<Client>> Client::create(std::string_view base_url, ClientOptions options) {
  TRY(auto url, parse_url(base_url));
  TRY(check_base(url, options));
  return std::unique_ptr<Client>(new Client(std::make_unique<State>(std::move(url), std::move(options))));
}

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::~Client() = default;

Result<Response> Client::send(const Request& request) {
  return state_->perform({request.method, target_of(request), request.headers, request.body});
}

Result<crypto::SecretBytes> Client::tls_exporter() {
  return state_->newest_exporter();
}

Result<Response> Client::get(std::string_view path_and_query) {
  const Headers none;
  return state_->perform({"GET", std::string(path_and_query), none, {}});
}

Result<Response> Client::post(std::string_view path, Bytes body, std::string_view content_type) {
  const Headers headers{{"Content-Type", std::string(content_type)}};
  return state_->perform({"POST", std::string(path), headers, body});
}

}  // namespace countersign::http
