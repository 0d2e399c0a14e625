// SPDX-License-Identifier: Apache-2.0
#include "wallet/screen.h"

#include <algorithm>

#include "storage/secret_folder.h"
#include "wallet/screen_api.h"
#include "wallet/screen_incoming.h"

namespace countersign::wallet {
namespace {

constexpr std::size_t kLargestPage = 1 << 20;
constexpr int kWorkers = 8;  // some of them wait for purchases to change

// Scripts, style and pictures of the page itself, and nothing else; nobody frames it.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri "
    "'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

std::string_view media_type_of(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return {};
}

// One name of a file beside index.html: no folders, no dots but that of the ending.
bool is_page_name(std::string_view name) {
  const auto dot = name.find('.');
  return dot != 0 && dot == name.rfind('.') && !media_type_of(name).empty() &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
         });
}

Result<http::Response> page(const ScreenGate& gate, const std::filesystem::path& folder,
                            const http::Request& request) {
  TRY(gate.admit_page(request));
  const std::string name = request.path == "/" ? "index.html" : request.path.substr(1);
  if (!is_page_name(name)) return fail(ErrorCode::kNotFound, "no such page");
  TRY(auto content, storage::read_file(folder / name, kLargestPage));
  http::Response response;
  response.body = std::move(content);
  response.headers["Content-Type"] = media_type_of(name);
  response.headers["Content-Security-Policy"] = kContentSecurityPolicy;
  response.headers["X-Frame-Options"] = "DENY";
  response.headers["X-Content-Type-Options"] = "nosniff";
  response.headers["Referrer-Policy"] = "no-referrer";
  response.headers["Cross-Origin-Opener-Policy"] = "same-origin";
  response.headers["Cross-Origin-Resource-Policy"] = "same-origin";
  response.headers["Cache-Control"] = "no-store";
  return response;
}

class ServedScreen final : public Screen {
 public:
  explicit ServedScreen(Parties parties) : parties_(parties), api_(parties, gate_) {}
  ~ServedScreen() override {
    if (incoming_ != nullptr) incoming_->stop_waiting();
  }

  Result<void> serve(const ScreenOptions& options) {
    http::Router router;
    api_.add_to(router);
    if (options.incoming != nullptr && options.pairings != nullptr) {
      incoming_ = options.incoming;
      incoming_api_.emplace(parties_, *options.incoming, *options.pairings, options.link);
      incoming_api_->add_to(ScreenRoutes(router, gate_, api_.card_mutex()));
    }
    router.add_prefix("GET", "/", [this, pages = options.pages](const http::Request& request) {
      auto response = page(gate_, pages, request);
      return response ? std::move(response).value() : http::problem_response(response.error());
    });
    http::ServerOptions server;
    server.port = options.port;
    server.max_body = 16 << 10;
    server.max_connections = 32;
    server.worker_threads = kWorkers;
    TRY(server_, http::Server::start(std::move(server), std::move(router)));
    gate_.open(server_->port());
    return ok();
  }

  unsigned short port() const override { return server_->port(); }
  std::string new_address() override { return gate_.new_address(); }

 private:
  Parties parties_;
  ScreenGate gate_;
  ScreenApi api_;
  IncomingDesk* incoming_ = nullptr;
  std::optional<IncomingApi> incoming_api_;
  std::unique_ptr<http::Server> server_;  // last: it stops before what its handlers use goes
};

}  // namespace

Result<std::unique_ptr<Screen>> Screen::start(Parties parties, const ScreenOptions& options) {
  if (!std::filesystem::exists(options.pages / "index.html")) {
    return fail(ErrorCode::kNotFound, "no pages in " + options.pages.string());
  }
  auto screen = std::make_unique<ServedScreen>(parties);
  TRY(screen->serve(options));
  return std::unique_ptr<Screen>(std::move(screen));
}

}  // namespace countersign::wallet
