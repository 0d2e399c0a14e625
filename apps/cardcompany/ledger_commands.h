// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <memory>

#include "cardcompany/ledger/movement.h"
#include "commands.h"

// What the commands about the ledger share. They print text for people, or one JSON object a line for
// programs.
namespace countersign::app {

struct LedgerOptions {
  std::string id, reference;
  std::string account, merchant, from, to;  // statement
  std::int64_t amount = 0;                  // refunds make
  bool json = false;
};
using LedgerWork = std::function<Result<void>(const Books&, const LedgerOptions&)>;

// Registers commands with what all of them have.
class LedgerRegistry {
 public:
  LedgerRegistry(CLI::App& app, Command& command) : app_(app), command_(command) {}
  // A name that has commands below it.
  CLI::App& group(const char* name, const char* help);
  CLI::App& add(CLI::App& parent, const char* name, const char* help, LedgerWork work);
  CLI::App& add(const char* name, const char* help, LedgerWork work) {
    return add(app_, name, help, std::move(work));
  }
  LedgerOptions& options() { return *options_; }

 private:
  CLI::App& app_;
  Command& command_;
  std::shared_ptr<LedgerOptions> options_ = std::make_shared<LedgerOptions>();
};

void print_json(const boost::json::object& object);
boost::json::object describe_movement(const cardcompany::Movement& movement);

// Statements and the reconciliation.
void add_report_commands(LedgerRegistry& registry);

}  // namespace countersign::app
