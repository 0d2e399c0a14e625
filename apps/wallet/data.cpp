// SPDX-License-Identifier: Apache-2.0
// personal, means, pair: the holder's data on the card, and the PCs that may start purchases.
#include <fmt/format.h>

#include <iostream>

#include "commands.h"
#include "program.h"
#include "prompt.h"

namespace countersign::app {
namespace {

using Data = std::shared_ptr<wallet::PersonalData>;

Result<void> print_means(wallet::HolderData& data) {
  TRY(const wallet::HolderDataSummary summary, data.review());
  for (const wallet::MeansSummary& one : summary.means)
    std::cout << fmt::format("{}  {:<8} ···{}  {}{}\n", one.id, documents::method_name(one.method),
                             one.ending, one.detail,
                             one.company ? "  " + wallet::short_name(*one.company) : "");
  for (const std::string& id : summary.unreadable)
    std::cout << fmt::format("{}  cannot be read; remove it and add it anew\n", id);
  return ok();
}

// Opens wallet and card for `work`.
Result<void> with_data(const WalletConfig& config, const CommonOptions& options,
                       const std::function<Result<void>(wallet::HolderData&)>& work) {
  TRY(const std::unique_ptr<Wallet> wallet, open_wallet(config));
  TRY(const crypto::SecretBytes pin, read_secret(options.pin_file, "PIN"));
  TRY(const auto logged_in, wallet::LoggedIn::with(*wallet->card, pin));
  wallet::HolderData data(wallet->parties());
  return work(data);
}

Result<void> show_personal(const WalletConfig& config, const CommonOptions& options) {
  return with_data(config, options, [](wallet::HolderData& data) -> Result<void> {
    TRY(const wallet::PersonalData personal, data.personal());
    std::cout << fmt::format(
        "name        {}\naddress     {}\nbirth date  {}\ntelephone   {}\nblood type  {}\n", personal.name,
        personal.address, personal.birth_date, personal.telephone, personal.blood_type);
    return ok();
  });
}

void add_personal_commands(CLI::App& app, const Options& options, Command& command) {
  CLI::App* personal = app.add_subcommand("personal", "Your personal data on the card");
  personal->require_subcommand(1);
  add_pin_option(add_leaf(*personal, "show", "Show it", command,
                          [options](const WalletConfig& config) { return show_personal(config, *options); }),
                 options);
  const Data given = std::make_shared<wallet::PersonalData>();
  CLI::App* set = add_leaf(*personal, "set", "Put it in the place of what the card holds", command,
                           [options, given](const WalletConfig& config) {
                             return with_data(config, *options, [&](wallet::HolderData& data) {
                               return data.keep_personal(*given);
                             });
                           });
  set->add_option("--name", given->name);
  set->add_option("--address", given->address);
  set->add_option("--birth-date", given->birth_date, "YYYY-MM-DD");
  set->add_option("--telephone", given->telephone);
  set->add_option("--blood-type", given->blood_type, "such as AB+");
  add_pin_option(set, options);
}

// Nothing where none was given.
Result<std::optional<x509::Name>> company_of(const CommonOptions& options) {
  if (options.company.empty()) return std::optional<x509::Name>();
  auto company = x509::Name::from_text(options.company);
  if (!company) return fail(company.error(), "--company");
  return std::optional(std::move(company).value());
}

// The number is asked for or read from a file: the command line is everybody's to see.
Result<void> add_card(const WalletConfig& config, const CommonOptions& options) {
  TRY(std::optional<x509::Name> company, company_of(options));
  TRY(crypto::SecretBytes number, read_secret(options.number_file, "Card number"));
  return with_data(config, options, [&](wallet::HolderData& data) -> Result<void> {
    TRY(data.add_means(
        {documents::CardData{std::move(number), options.expiry, options.holder}, std::move(company)}));
    return print_means(data);
  });
}

Result<void> add_account(const WalletConfig& config, const CommonOptions& options) {
  TRY(crypto::SecretBytes number, read_secret(options.number_file, "Account number"));
  return with_data(config, options, [&](wallet::HolderData& data) -> Result<void> {
    TRY(data.add_means({documents::AccountData{options.bank, std::move(number), options.holder}}));
    return print_means(data);
  });
}

void add_means_commands(CLI::App& app, const Options& options, Command& command) {
  CLI::App* means = app.add_subcommand("means", "Cards and accounts to pay with, on the card");
  means->require_subcommand(1);
  add_pin_option(
      add_leaf(*means, "list", "List them, by their last digits", command,
               [options](const WalletConfig& config) { return with_data(config, *options, print_means); }),
      options);
  CLI::App* card = add_leaf(*means, "add-card", "Add a payment card", command,
                            [options](const WalletConfig& config) { return add_card(config, *options); });
  card->add_option("--expiry", options->expiry, "YYYY-MM")->required();
  card->add_option(
      "--company", options->company,
      "The card company's name in the network, such as \"CN=Hanok Card,OU=…\": with it no shop sees the "
      "number, and the card pays in profile set alone");
  CLI::App* account =
      add_leaf(*means, "add-account", "Add a bank account", command,
               [options](const WalletConfig& config) { return add_account(config, *options); });
  account->add_option("--bank", options->bank)->required();
  for (CLI::App* leaf : {card, account}) {
    leaf->add_option("--holder", options->holder, "The name on it")->required();
    leaf->add_option("--number-file", options->number_file, "Read the number from this file's first line");
    add_pin_option(leaf, options);
  }
  CLI::App* remove = add_leaf(*means, "remove", "Remove one", command, [options](const WalletConfig& config) {
    return with_data(config, *options,
                     [&](wallet::HolderData& data) { return data.remove_means(options->id); });
  });
  remove->add_option("id", options->id, "As listed")->required();
  add_pin_option(remove, options);
}

Result<void> with_pairings(const WalletConfig& config,
                           const std::function<Result<void>(wallet::Pairings&)>& work) {
  const SystemClock clock;
  TRY(const std::unique_ptr<wallet::Pairings> pairings, wallet::Pairings::open(config.folder, clock));
  return work(*pairings);
}

Result<void> print_pairings(wallet::Pairings& pairings) {
  TRY(const std::vector<wallet::PairedComputer> computers, pairings.list());
  for (const wallet::PairedComputer& computer : computers)
    std::cout << fmt::format("{}  {:<24} {} {}\n", computer.id, computer.name,
                             computer.is_offer ? "waits until" : "last used",
                             format_time(computer.last_used));
  return ok();
}

void add_pairing_commands(CLI::App& app, const Options& options, Command& command) {
  add_leaf(app, "pair", "Pair with a PC by the offer that it shows", command,
           [options](const WalletConfig& config) {
             return with_pairings(config, [&](wallet::Pairings& pairings) -> Result<void> {
               TRY(pairings.accept(options->link));
               return print_pairings(pairings);
             });
           })
      ->add_option("link", options->link, "countersign:pair?…")
      ->required();
  add_leaf(app, "pairings", "List the PCs that may start purchases", command,
           [](const WalletConfig& config) { return with_pairings(config, print_pairings); });
  add_leaf(app, "unpair", "Forget a PC", command,
           [options](const WalletConfig& config) {
             return with_pairings(config,
                                  [&](wallet::Pairings& pairings) { return pairings.remove(options->id); });
           })
      ->add_option("id", options->id, "As listed")
      ->required();
}

}  // namespace

void add_data_commands(CLI::App& app, const Options& options, Command& command) {
  add_personal_commands(app, options, command);
  add_means_commands(app, options, command);
  add_pairing_commands(app, options, command);
}

}  // namespace countersign::app
