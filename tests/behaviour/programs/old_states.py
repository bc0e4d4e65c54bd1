"""States of optimizers as early versions of PyTorch saved them."""

NAMES = "SGD Adam AdamW Adagrad RMSprop Adadelta Adamax NAdam RAdam ASGD Rprop".split()
LATER = "amsgrad capturable centered decoupled_weight_decay differentiable foreach fused maximize"


def states_without_later_options(torch):
    for name in NAMES:
        x = torch.tensor([1.0, -2.0], requires_grad=True)
        make = getattr(torch.optim, name)
        old, new = make([x], lr=0.1), make([x], lr=0.1)
        x.grad = torch.tensor([0.5, 1.0])
        old.step()
        saved = old.state_dict()
        for group in saved["param_groups"]:
            for key in LATER.split():
                group.pop(key, None)
        for kept in saved["state"].values():
            if "step" in kept:
                kept["step"] = kept["step"].item()
        new.load_state_dict(saved)
        new.step()
        print(name, x, sorted(new.param_groups[0]))
        print(dict(new.state[x]))
