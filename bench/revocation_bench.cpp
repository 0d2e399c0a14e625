// SPDX-License-Identifier: Apache-2.0
// How soon a certificate that is revoked in one data centre is refused in another. Its holder buys all the
// while; prints one JSON object with the times of each revocation.
#include <sys/wait.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <future>
#include <iostream>

#include "bench/load.h"
#include "bench/orders.h"

namespace countersign::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kBetweenOrders(2);
constexpr std::chrono::seconds kLongest(30);

struct Options {
  std::filesystem::path program;  // countersign-authority
  std::filesystem::path home;     // folder of the purchasers' authority
  std::filesystem::path shop;     // folder of the merchant's authority
  std::string address;            // of its service
  unsigned short port = 0;
  int count = 200;
};

class Measure {
 public:
  explicit Measure(const Options& options)
      : options_(options),
        home_(options.home),
        shop_(options.shop),
        buyers_(home_, 0, options.count),
        sellers_(shop_, 1, 0, options.address),
        shops_(shops_of(shop_, sellers_, options.address)),
        connection_(options.address, options.port, &sellers_.merchants.front()) {}

  boost::json::object run() {
    boost::json::array revocations;
    for (const x509::Signer& purchaser : buyers_.purchasers) revocations.push_back(revoke(purchaser));
    return {{"revocations", std::move(revocations)}};
  }

 private:
  // What is said to a new order: "confirmed", or the reason of the refusal.
  std::string buy(const x509::Signer& purchaser) {
    const Answer answer =
        connection_.post("/v1/confirmations", "application/pkcs7-mime",
                         countersigned_order(shops_, sellers_.merchants.front(), purchaser));
    return answer.status == 200 ? "confirmed" : reason_of(answer);
  }

  void become_known(const x509::Signer& purchaser) {
    for (int i = 0; i < 2; ++i) {
      const std::string said = buy(purchaser);
      if (said != "confirmed") throw std::runtime_error("an order before the revocation: " + said);
    }
  }

  // When the operator's command ended, which revokes as an operator does.
  SteadyClock::time_point run_command(const x509::Signer& purchaser) const {
    const pid_t process =
        start_program(options_.program, {"--config", home_.config(), "certificates", "revoke",
                                         purchaser.certificate.serial().hex(), "--reason", "keyCompromise"});
    int status = 0;
    ::waitpid(process, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("the revocation failed");
    return SteadyClock::now();
  }

  boost::json::object revoke(const x509::Signer& purchaser) {
    become_known(purchaser);
    const auto began = SteadyClock::now();
    auto revoked = std::async(std::launch::async, [&] { return run_command(purchaser); });
    auto last_confirmed = began;  // when that order was sent
    auto refused = began;         // when the answer was there
    for (std::string said; said != "certificate_revoked";) {
      const auto sent = SteadyClock::now();
      if (sent - began > kLongest) throw std::runtime_error("a revoked certificate is not refused: " + said);
      said = buy(purchaser);
      refused = SteadyClock::now();
      if (said == "confirmed") last_confirmed = sent;
      std::this_thread::sleep_for(kBetweenOrders);
    }
    const auto done = revoked.get();
    const auto milliseconds = [](SteadyClock::duration time) {
      return std::chrono::duration<double, std::milli>(time).count();
    };
    return {{"commandToRefusal", milliseconds(refused - began)},
            {"doneToRefusal", milliseconds(std::max(refused - done, SteadyClock::duration::zero()))},
            {"doneToLastConfirmed", milliseconds(last_confirmed - done)}};
  }

  const Options& options_;
  Site home_;
  Site shop_;
  Parties buyers_;
  Parties sellers_;
  Shops shops_;
  Connection connection_;
};

}  // namespace
}  // namespace countersign::bench

int main(int argc, char** argv) {
  CLI::App app("How soon a certificate that is revoked in one data centre is refused in another");
  countersign::bench::Options options;
  app.add_option("--authority", options.program, "countersign-authority")->required();
  app.add_option("--home", options.home, "Folder of the purchasers' authority")->required();
  app.add_option("--shop", options.shop, "Folder of the merchant's authority")->required();
  app.add_option("--address", options.address, "Address of the merchant's authority")->required();
  app.add_option("--port", options.port, "Port of its service")->required();
  app.add_option("--count", options.count, "Revocations")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  try {
    std::cout << boost::json::serialize(countersign::bench::Measure(options).run()) << "\n";
  } catch (const std::exception& failure) {
    std::cerr << "revocation_bench: " << failure.what() << "\n";
    return 1;
  }
  return 0;
}
