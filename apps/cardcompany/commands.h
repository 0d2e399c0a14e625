// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "apps/command_line.h"
#include "cardcompany/authorization_desk.h"
#include "cardcompany/ledger/ledger.h"
#include "config.h"

namespace countersign::app {

using Command = std::function<Result<void>(const CardCompanyConfig&)>;

// Registers the subcommands; the one that is called leaves its work in `command`.
void add_commands(CLI::App& app, Command& command);

// Those about what was held and moved.
void add_ledger_commands(CLI::App& app, Command& command);

// Answers merchants until SIGTERM or SIGINT.
Result<void> serve(const CardCompanyConfig& config);

// What lies in the company's folder, and who decides over it.
struct Books {
  std::unique_ptr<storage::Database> database;
  std::unique_ptr<cardcompany::AccountStore> accounts;
  std::unique_ptr<cardcompany::Ledger> ledger;
  std::unique_ptr<cardcompany::AuthorizationDesk> desk;
};
Result<Books> open_books(const CardCompanyConfig& config);

// What opens the card numbers lies in the folder of secrets under this name, or wrapped beside it where a key
// in a token is configured.
inline constexpr std::string_view kAccountSecret = "accounts";
// Seals it to that key and destroys it as it was; what is wrapped already stays. May be repeated.
Result<void> wrap_account_secret(const CardCompanyConfig& config);

}  // namespace countersign::app
