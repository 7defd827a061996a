"""`hubbub serve` that does not mind other servers on its database."""

from hubbub import cli

if __name__ == "__main__":
    create, cli._create = cli._create, lambda config, alone=False: create(config)
    cli.main()
