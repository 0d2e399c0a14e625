// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "wallet/incoming.h"
#include "wallet/link_service.h"

namespace countersign::wallet {

struct ScreenOptions {
  unsigned short port = 0;      // on 127.0.0.1; 0: any free one
  std::filesystem::path pages;  // folder of the static pages (web/wallet)
  // For purchases from paired PCs; both or neither. They outlive the screen.
  IncomingDesk* incoming = nullptr;
  Pairings* pairings = nullptr;
  LinkState link = {};
};

// Screen serves the wallet's local page and its API to the browser of whoever knows the token, on 127.0.0.1
// only. Every request must carry the exact Host; every change the exact Origin; everything but the pages
// themselves the cookie that the token was exchanged for (docs/protocols/wallet-screen.md). Serves until
// destroyed.
class Screen {
 public:
  // kUnavailable when the port is taken, kNotFound when the pages are not there.
  static Result<std::unique_ptr<Screen>> start(Parties parties, const ScreenOptions& options);
  virtual ~Screen() = default;
  virtual unsigned short port() const = 0;
  // "http://127.0.0.1:<port>/#<token>": the fragment never reaches a server or a log. Opens one session,
  // once, and no longer than the next call; opening it ends the session before.
  virtual std::string new_address() = 0;
};

}  // namespace countersign::wallet
