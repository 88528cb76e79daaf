# make sampling    set up what is missing, render the main scene, say where the film lies
# make film        the same set-up, then the film of the whole story; QUALITY=l is quicker, h and k are larger
# make test        the same set-up, a browser and LibreOffice for slides and pages, then the tests
# make docs        the same set-up, then the documentation; says where its first page lies
# make lint        ruff, ruff format, mypy
# make test-slow   the tests that sample and render for minutes
# make clean       remove what the targets above made, .venv included; the gallery stays
#
# PYTHON=python3.12 make test   takes another Python (3.11 or later) for .venv

BIN     := .venv/bin
READY   := .venv/ready
TESTED  := .venv/ready-for-tests
DOCS    := docs/_build
SCENE   := renders/videos/sampling/480p15/Sampling.mp4
QUALITY := m

.PHONY: sampling film test test-slow docs lint clean

# The scripts in .venv hold the full path of this folder: one that was moved or renamed is set up again.
ifneq ($(shell cat $(READY) 2>/dev/null),$(CURDIR))
.PHONY: $(READY)
endif

sampling: $(READY)
	$(BIN)/manim -pql scenes/sampling.py
	@test -s $(SCENE) && echo "The film: $(CURDIR)/$(SCENE)"

film: $(READY)
	@paths=$$($(BIN)/spectral film -q $(QUALITY)) && for path in $$paths; do echo "$(CURDIR)/$$path"; done

test: $(TESTED)
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto

test-slow: $(TESTED)
	$(BIN)/pytest -m slow

docs: $(READY)
	$(BIN)/sphinx-build -W --keep-going -q -d $(DOCS)/doctrees docs $(DOCS)/html
	@echo "The documentation: $(CURDIR)/$(DOCS)/html/index.html"

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(READY): setup.sh pyproject.toml constraints.txt
	./setup.sh
	@echo "$(CURDIR)" > $@

$(TESTED): $(READY)
	./setup.sh tests
	@touch $@

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis docs/_build docs/media
	find renders -mindepth 1 -maxdepth 1 ! -name gallery -exec rm -rf {} +
