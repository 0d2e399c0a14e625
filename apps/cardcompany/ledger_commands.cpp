// SPDX-License-Identifier: Apache-2.0
// What the operator asks of the ledger and does to it. Text for people, or one JSON object a line for
// programs.
#include "ledger_commands.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "documents/json.h"

namespace countersign::app {
namespace {

namespace json = boost::json;

constexpr int kShown = 1000;

void print_movement(const cardcompany::Movement& movement, const LedgerOptions& options) {
  if (options.json) return print_json(describe_movement(movement));
  fmt::print("{}  {}  {:16}  {}  {}  {}  of {}\n", format_time(movement.made), movement.id,
             cardcompany::movement_kind_name(movement.kind), format_amount(movement.amount),
             movement.merchant, movement.reference,
             movement.reverses.empty() ? movement.authorization : movement.reverses);
}

json::object describe_authorization(const cardcompany::Authorization& authorization) {
  return {{"id", authorization.id},
          {"merchant", authorization.merchant},
          {"reference", authorization.reference},
          {"transaction",
           authorization.transaction.empty() ? json::value(nullptr) : json::value(authorization.transaction)},
          {"amount", authorization.amount.minor_units},
          {"currency", authorization.amount.currency},
          {"state", cardcompany::state_name(authorization.state)},
          {"code", authorization.code.empty() ? json::value(nullptr) : json::value(authorization.code)},
          {"decided", format_time(authorization.decided)},
          {"expires", format_time(authorization.expires)}};
}

Result<void> list_authorizations(const Books& books, const LedgerOptions& options) {
  std::vector<cardcompany::Authorization> authorizations;
  TRY(books.database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(authorizations, cardcompany::list_authorizations(reader, "", kShown));
    return ok();
  }));
  for (const auto& each : authorizations) {
    if (options.json) {
      print_json(describe_authorization(each));
    } else {
      const std::string transaction = each.transaction.empty() ? "" : "  " + each.transaction;
      fmt::print("{}  {}  {}  {}{}  {}  {} {}\n", format_time(each.decided), each.id, each.merchant,
                 each.reference, transaction, format_amount(each.amount), cardcompany::state_name(each.state),
                 each.code);
    }
  }
  return ok();
}

// One authorization with all that is known of it.
struct Shown {
  cardcompany::Authorization authorization;
  std::optional<cardcompany::Account> account;
  std::optional<cardcompany::Hold> hold;
  std::vector<cardcompany::StoredMovement> movements;
};

Result<Shown> look_up(const Books& books, const std::string& id) {
  Shown shown;
  TRY(books.database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(auto authorization, cardcompany::find_authorization(reader, id));
    if (!authorization) return fail(ErrorCode::kNotFound, "authorization " + id);
    shown.authorization = std::move(*authorization);
    if (shown.authorization.account) {
      TRY(shown.account, books.accounts->find_by_id(reader, *shown.authorization.account));
    }
    TRY(shown.hold, cardcompany::find_hold(reader, id));
    TRY(shown.movements, cardcompany::movements_of(reader, id));
    return ok();
  }));
  return shown;
}

void print_shown_as_json(const Shown& shown) {
  json::object object = describe_authorization(shown.authorization);
  object["account"] = nullptr;
  object["number"] = nullptr;
  object["hold"] = nullptr;
  if (shown.account) {
    object["account"] = shown.account->id;
    object["number"] = "…" + shown.account->last_digits;
  }
  if (shown.hold)
    object["hold"] = json::object{{"state", cardcompany::hold_state_name(shown.hold->state)},
                                  {"frees", format_time(shown.hold->frees)},
                                  {"captured", shown.hold->captured},
                                  {"refunded", shown.hold->refunded}};
  json::array movements;
  for (const auto& each : shown.movements) movements.push_back(describe_movement(each.movement));
  object["movements"] = std::move(movements);
  print_json(object);
}

Result<void> show_authorization(const Books& books, const LedgerOptions& options) {
  TRY(const auto shown, look_up(books, options.id));
  if (options.json) {
    print_shown_as_json(shown);
    return ok();
  }
  const auto& authorization = shown.authorization;
  fmt::print("{}  {} {}\n  {}  {}\n  {}  decided {}  expires {}\n", authorization.id,
             cardcompany::state_name(authorization.state), authorization.code, authorization.merchant,
             authorization.reference, format_amount(authorization.amount), format_time(authorization.decided),
             format_time(authorization.expires));
  if (shown.account) fmt::print("  …{}  account {}\n", shown.account->last_digits, shown.account->id);
  if (shown.hold)
    fmt::print("  {}  frees itself {}  captured {}  refunded {}\n",
               cardcompany::hold_state_name(shown.hold->state), format_time(shown.hold->frees),
               format_amount({shown.hold->captured, authorization.amount.currency}),
               format_amount({shown.hold->refunded, authorization.amount.currency}));
  for (const auto& each : shown.movements) print_movement(each.movement, options);
  return ok();
}

Result<void> void_authorization(const Books& books, const LedgerOptions& options) {
  return books.database->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto authorization, cardcompany::find_authorization(transaction, options.id));
    if (!authorization) return fail(ErrorCode::kNotFound, "authorization " + options.id);
    return books.desk->release(transaction, authorization->merchant, authorization->reference,
                               SystemClock().now());
  });
}

Result<void> print_movements(const Books& books, const LedgerOptions& options,
                             cardcompany::Movement::Kind kind) {
  std::vector<cardcompany::StoredMovement> movements;
  TRY(books.database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(movements, cardcompany::list_movements(reader, kind, "", kShown));
    return ok();
  }));
  for (const auto& each : movements) print_movement(each.movement, options);
  return ok();
}

// Does a movement in a transaction of its own and shows it.
Result<void> move(
    const Books& books, const LedgerOptions& options,
    const std::function<Result<cardcompany::Movement>(storage::Transaction&, TimePoint)>& work) {
  std::optional<cardcompany::Movement> made;
  TRY(books.database->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(made, work(transaction, SystemClock().now()));
    return ok();
  }));
  print_movement(*made, options);
  return ok();
}

Result<void> make_refund(const Books& books, const LedgerOptions& options) {
  TRY(const auto shown, look_up(books, options.id));
  const auto& authorization = shown.authorization;
  return move(books, options, [&](storage::Transaction& transaction, TimePoint now) {
    return books.desk->refund(transaction,
                              {authorization.merchant,
                               options.reference,
                               authorization.id,
                               {options.amount, authorization.amount.currency}},
                              now);
  });
}

// Where no reference is said, it follows from what is undone: the same command again does nothing more.
LedgerWork reverse(cardcompany::Movement::Kind kind) {
  return [kind](const Books& books, const LedgerOptions& options) {
    return move(books, options,
                [&](storage::Transaction& transaction, TimePoint now) -> Result<cardcompany::Movement> {
                  TRY(const auto found, cardcompany::find_movement(transaction, options.id));
                  const std::string reference =
                      options.reference.empty() ? "reversal-of-" + options.id : options.reference;
                  if (!found || found->movement.kind != kind)
                    return fail(ErrorCode::kNotFound,
                                std::string(cardcompany::movement_kind_name(kind)) + " " + options.id);
                  return books.desk->reverse(transaction, options.id, reference, now);
                });
  };
}

void add_movement_commands(LedgerRegistry& registry) {
  using Kind = cardcompany::Movement::Kind;
  LedgerOptions& options = registry.options();
  const auto list = [](Kind kind) {
    return [kind](const Books& books, const LedgerOptions& asked) {
      return print_movements(books, asked, kind);
    };
  };
  CLI::App& captures = registry.group("captures", "What was taken");
  registry.add(captures, "list", "The newest thousand", list(Kind::kCapture));
  const auto add_reverse = [&](CLI::App& group, Kind kind) {
    CLI::App& leaf = registry.add(group, "reverse", "Undo one that was a mistake, once", reverse(kind));
    leaf.add_option("--id", options.id, "Of `list`")->required();
    leaf.add_option("--reference", options.reference,
                    "Stands for this reversal alone; else reversal-of- and the id");
  };
  add_reverse(captures, Kind::kCapture);
  CLI::App& refunds = registry.group("refunds", "What was given back");
  registry.add(refunds, "list", "The newest thousand", list(Kind::kRefund));
  CLI::App& make = registry.add(refunds, "make", "Give back of what was captured", make_refund);
  make.add_option("--authorization", options.id, "Of `authorizations list`")->required();
  make.add_option("--amount", options.amount, "Minor units")->required();
  make.add_option("--reference", options.reference,
                  "Stands for this refund alone; again, it does nothing more")
      ->required();
  add_reverse(refunds, Kind::kRefund);
}

}  // namespace

CLI::App& LedgerRegistry::group(const char* name, const char* help) {
  CLI::App* made = app_.add_subcommand(name, help);
  made->require_subcommand(1);
  made->fallthrough();
  return *made;
}

CLI::App& LedgerRegistry::add(CLI::App& parent, const char* name, const char* help, LedgerWork work) {
  CLI::App* leaf =
      add_leaf(parent, name, help, command_,
               [options = options_, work = std::move(work)](const CardCompanyConfig& config) -> Result<void> {
                 TRY(const auto books, open_books(config));
                 return work(books, *options);
               });
  leaf->add_flag("--json", options_->json, "For programs: one object a line");
  return *leaf;
}

void print_json(const json::object& object) {
  fmt::print("{}\n", documents::write_json(object));
}

json::object describe_movement(const cardcompany::Movement& movement) {
  json::object object{{"id", movement.id},
                      {"kind", cardcompany::movement_kind_name(movement.kind)},
                      {"authorization", movement.authorization},
                      {"merchant", movement.merchant},
                      {"reference", movement.reference},
                      {"amount", movement.amount.minor_units},
                      {"currency", movement.amount.currency},
                      {"made", format_time(movement.made)}};
  object["reverses"] = movement.reverses.empty() ? json::value(nullptr) : json::value(movement.reverses);
  return object;
}

void add_ledger_commands(CLI::App& app, Command& command) {
  LedgerRegistry registry(app, command);
  LedgerOptions& options = registry.options();
  CLI::App& authorizations = registry.group("authorizations", "Decisions over payments");
  registry.add(authorizations, "list", "The newest thousand", list_authorizations);
  for (const auto& [name, help, work] : {std::tuple<const char*, const char*, LedgerWork>{
                                             "show", "One, with its hold and what moved", show_authorization},
                                         {"void", "Free what is held", void_authorization}})
    registry.add(authorizations, name, help, work)
        .add_option("--id", options.id, "Of `authorizations list`")
        ->required();
  add_movement_commands(registry);
  add_report_commands(registry);
}

}  // namespace countersign::app
