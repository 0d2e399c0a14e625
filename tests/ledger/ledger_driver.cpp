// SPDX-License-Identifier: Apache-2.0
// Captures, refunds and reverses in a card company's books for tests/system/test_ledger.py, which kills it:
// one act a line on standard input, `act<TAB>merchant<TAB>reference<TAB>authorization or
// movement<TAB>amount<TAB>currency`, and one answer a line once the act is durable, the movement's id or `!`
// and the error's code.
#include <iostream>
#include <sstream>

#include "cardcompany/authorization_desk.h"
#include "cardcompany/ledger/ledger.h"
#include "storage/secret_folder.h"

namespace countersign::cardcompany {
namespace {

struct Act {
  std::string name;
  MovementOrder order;
};

Act read_act(const std::string& line) {
  std::istringstream fields(line);
  Act act;
  std::string amount;
  for (std::string* field : {&act.name, &act.order.merchant, &act.order.reference, &act.order.authorization,
                             &amount, &act.order.amount.currency})
    std::getline(fields, *field, '\t');
  act.order.amount.minor_units = std::stoll(amount);
  return act;
}

Result<Movement> perform(const AuthorizationDesk& desk, storage::Transaction& transaction, const Act& act) {
  const TimePoint now = SystemClock().now();
  if (act.name == "capture") return desk.capture(transaction, act.order, now);
  if (act.name == "refund") return desk.refund(transaction, act.order, now);
  return desk.reverse(transaction, act.order.authorization, act.order.reference, now);
}

Result<void> serve(const std::filesystem::path& folder) {
  TRY(const auto secrets, storage::SecretFolder::open(folder / "secrets"));
  TRY(const auto secret, secrets.load("accounts"));
  TRY(const auto database, storage::open_sqlite(folder / "cardcompany.db"));
  TRY(const auto accounts, AccountStore::open(*database, secret));
  TRY(const auto ledger, Ledger::open(*database, *accounts));
  const SystemClock clock;
  const AuthorizationDesk desk({*database, *accounts, *ledger, clock}, {});
  for (std::string line; std::getline(std::cin, line);) {
    const Act act = read_act(line);
    std::string answer;
    const auto written = database->write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(const auto movement, perform(desk, transaction, act));
      answer = movement.id;
      return ok();
    });
    if (!written) answer = "!" + std::string(error_name(written.error().code));
    std::cout << answer << std::endl;
  }
  return ok();
}

}  // namespace
}  // namespace countersign::cardcompany

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto served = countersign::cardcompany::serve(argv[1]);
  if (!served) std::cerr << served.error().detail << "\n";
  return served ? 0 : 1;
}
